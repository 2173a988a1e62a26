// The store answers nobody for a long time: handling goes on while the lease is provably ours, stops, and comes back.
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../monotonic-time.ts';
import { servedAgain } from '../service-gaps.ts';
import { until } from '../until.ts';
import { historyParts, measureInFleet, measured } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export function measureStoreOutage(
  options: ScenarioOptions & { readonly outageMs: number },
): Promise<Measurement> {
  return measureInFleet(options, { workers: 2 }, async (fleet) => {
    const { lease } = options;
    const ids = fleet.slots.map(({ workerId }) => workerId);
    await Promise.all(fleet.slots.map((slot) => slot.start()));
    await fleet.balanced(ids, 90_000);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    await delay(7_000);
    const pids = fleet.slots.map((slot) => slot.process?.pid);
    const cutMs = monotonicMs();
    for (const slot of fleet.slots) slot.cutStorage();
    let livezFailures = 0;
    const endMs = cutMs + options.outageMs;
    while (monotonicMs() < endMs) {
      for (const slot of fleet.slots) if ((await slot.probe('/livez')) !== 200) livezFailures += 1;
      await delay(Math.max(0, Math.min(1_000, endMs - monotonicMs())));
    }
    const restoredMs = monotonicMs();
    for (const slot of fleet.slots) slot.restoreStorage();
    const starts = fleet
      .records()
      .filter(({ kind, atMs }) => kind === 'start' && atMs > cutMs && atMs < restoredMs)
      .map(({ atMs }) => atMs - cutMs);
    const handledForMs = Math.max(0, ...starts);
    const again = await until('all partitions are served again', lease.leaseMs * 4 + 60_000, () => {
      const served = servedAgain(fleet.partitionIds, fleet.records(), restoredMs, () => true);
      return [...served.values()].every((afterMs) => afterMs !== undefined) ? served : undefined;
    });
    const recoveredMs = Math.max(...[...again.values()].map((afterMs) => afterMs ?? Infinity));
    await load.stop();
    await fleet.drained(120_000);
    const { summary } = await fleet.judge(lease);
    return measured(
      `store unreachable for ${Math.round(options.outageMs / 1000)} s, lease ${lease.leaseMs} ms`,
      'handles while the lease is provably ours, then stops; nothing lost, no restart; back within one tick + lease',
      {
        ...historyParts(summary),
        'handled on at first': handledForMs >= lease.leaseMs / 2,
        'stopped before the lease could be another’s': handledForMs <= lease.leaseMs,
        'no restart': fleet.slots.every((slot, index) => slot.process?.pid === pids[index]),
        'livez stayed 200': livezFailures === 0,
        'recovered within one tick + lease': recoveredMs <= lease.tickMs + lease.leaseMs,
      },
      {
        ...summary,
        handledForMs: Math.round(handledForMs),
        recoveredMs: Math.round(recoveredMs),
        livezFailures,
      },
    );
  });
}
