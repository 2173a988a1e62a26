// A deployment: every worker gets SIGTERM and is replaced, one after another, under load.
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../monotonic-time.ts';
import { gapsOfMoves, median } from '../service-gaps.ts';
import { historyParts, measureInFleet, measured } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export function measureRollingRestart(
  options: ScenarioOptions & { readonly workers: number },
): Promise<Measurement> {
  return measureInFleet(options, { workers: options.workers }, async (fleet) => {
    const ids = fleet.slots.map(({ workerId }) => workerId);
    await Promise.all(fleet.slots.map((slot) => slot.start()));
    await fleet.balanced(ids, 90_000);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    await delay(3_000);
    const sinceMs = monotonicMs();
    const drainMs: number[] = [];
    for (const slot of fleet.slots) {
      const askedMs = monotonicMs();
      const { exitCode, atMs } = await slot.terminate();
      if (exitCode !== 0) throw new Error(`${slot.workerId} ended with ${exitCode} after SIGTERM.`);
      drainMs.push(Math.round(atMs - askedMs));
      await slot.start();
      await slot.ready();
      await fleet.balanced(ids, options.lease.tickMs * 6);
    }
    await delay(2_000);
    await load.stop();
    await fleet.drained(60_000);
    const moves = fleet.storeLog.moves(sinceMs);
    const gaps = gapsOfMoves(moves, fleet.records()).map(({ gapMs }) => gapMs);
    const { summary } = await fleet.judge(options.lease);
    return measured(
      `rolling restart of ${options.workers} workers`,
      '0 duplicates; each partition unserved for at most 2 s per move, median below 1 s',
      {
        ...historyParts(summary),
        'no duplicates at all': summary.duplicatesAllowed === 0,
        'unserved for at most 2 s': gaps.every((gapMs) => gapMs <= 2_000),
        'median below 1 s': median(gaps) < 1_000,
      },
      {
        ...summary,
        moves: moves.length,
        unservedMedianMs: Math.round(median(gaps)),
        unservedMaxMs: Math.round(Math.max(...gaps)),
        drainMs,
      },
    );
  });
}
