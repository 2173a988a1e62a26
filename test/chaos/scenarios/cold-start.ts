// Many workers started in the same second on an empty store: nobody may fight for a partition.
import { setTimeout as delay } from 'node:timers/promises';
import { historyParts, measureInFleet, measured } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export function measureColdStart(
  options: ScenarioOptions & { readonly workers: number },
): Promise<Measurement> {
  return measureInFleet(options, { workers: options.workers }, async (fleet) => {
    await Promise.all(fleet.slots.map((slot) => slot.start()));
    const ids = fleet.slots.map(({ workerId }) => workerId);
    await fleet.balanced(ids, 60_000 + options.lease.tickMs * 6);
    const firstWords = ids.map(
      (id) => fleet.storeLog.members.find(({ workerId }) => workerId === id)?.atMs ?? Number.NaN,
    );
    const beganMs = Math.min(...firstWords);
    const balancedMs = (fleet.storeLog.moves(0).at(-1)?.atMs ?? Number.NaN) - beganMs;
    // Whatever still moves later is a fight.
    await delay(options.lease.tickMs * 2);
    const claims = fleet.storeLog.moves(0);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    await delay(3_000);
    await load.stop();
    await fleet.drained(60_000);
    const { summary } = await fleet.judge(options.lease);
    return measured(
      `${options.workers} workers started in the same second`,
      'each partition claimed once; balanced within 3 ticks',
      {
        ...historyParts(summary),
        'each partition claimed once': claims.length === options.partitions,
        'balanced within 3 ticks': balancedMs <= options.lease.tickMs * 3,
      },
      {
        ...summary,
        claims: claims.length,
        balancedMs: Math.round(balancedMs),
        startSpreadMs: Math.round(Math.max(...firstWords) - beganMs),
      },
    );
  });
}
