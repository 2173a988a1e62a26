// kill -9 of one of several workers, and the same with its process restarted at once under the same worker id.
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import { monotonicMs } from '../monotonic-time.ts';
import { median, servedAgain } from '../service-gaps.ts';
import { until } from '../until.ts';
import { historyParts, measureInFleet, measured } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export interface CrashOptions extends ScenarioOptions {
  readonly workers: number;
  /** Starts a process with the killed one's worker id at once. */
  readonly restarts: boolean;
  /** All its partitions are served again within this. */
  readonly withinMs: number;
}

export function measureCrash(options: CrashOptions): Promise<Measurement> {
  return measureInFleet(options, { workers: options.workers }, async (fleet) => {
    const ids = fleet.slots.map(({ workerId }) => workerId);
    await Promise.all(fleet.slots.map((slot) => slot.start()));
    await fleet.balanced(ids, 90_000);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    // Past the first flushes, so that there is a checkpoint to begin from.
    await delay(7_000);
    const victim = fleet.slot(0);
    const pid = victim.process?.pid ?? -1;
    const partitionIds = partitionsOf(fleet, victim.workerId);
    const killedMs = monotonicMs();
    await victim.kill();
    if (options.restarts) await victim.start();
    const again = await until('the killed worker’s partitions are served again', options.withinMs * 3, () => {
      const served = servedAgain(partitionIds, fleet.records(), killedMs, (record) => record.pid !== pid);
      return [...served.values()].every((afterMs) => afterMs !== undefined) ? served : undefined;
    });
    await load.stop();
    await fleet.drained(90_000);
    const { summary } = await fleet.judge(options.lease);
    const times = [...again.values()].flatMap((afterMs) => (afterMs === undefined ? [] : [afterMs]));
    const name = options.restarts ? 'kill -9 and restart with the same worker id' : 'kill -9';
    return measured(
      `${name} of 1 of ${options.workers}, lease ${options.lease.leaseMs} ms`,
      `all its partitions served again within ${options.withinMs} ms; repeated at most what was not flushed`,
      {
        ...historyParts(summary),
        'served again in time': times.every((afterMs) => afterMs <= options.withinMs),
      },
      {
        ...summary,
        partitions: partitionIds.length,
        servedAgainMedianMs: Math.round(median(times)),
        servedAgainMaxMs: Math.round(Math.max(...times)),
      },
    );
  });
}

function partitionsOf(fleet: Fleet, workerId: string): string[] {
  return [...fleet.storeLog.owners()].flatMap(([id, owner]) => (owner === workerId ? [id] : []));
}
