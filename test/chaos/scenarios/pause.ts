// SIGSTOP of an owner for twice its lease, then SIGCONT: a process that believes it still owns what others have taken.
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../monotonic-time.ts';
import { historyParts, measureInFleet, measured } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export interface PauseOptions extends ScenarioOptions {
  /** Handlers run on whatever their signal says, so that some end after the loss of the lease is known. */
  readonly ignoresSignal: boolean;
}

export function measurePause(options: PauseOptions): Promise<Measurement> {
  const environment = { CHAOS_IGNORE_SIGNAL: options.ignoresSignal ? '1' : '0' };
  return measureInFleet(options, { workers: 2, environment }, async (fleet) => {
    const ids = fleet.slots.map(({ workerId }) => workerId);
    await Promise.all(fleet.slots.map((slot) => slot.start()));
    await fleet.balanced(ids, 90_000);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    await delay(7_000);
    const paused = fleet.slot(0);
    const { pid } = paused.process ?? { pid: -1 };
    paused.pause();
    await delay(options.lease.leaseMs * 2);
    const others = fleet.ownedBy([fleet.slot(1).workerId])[0] ?? 0;
    const wokenMs = monotonicMs();
    paused.resume();
    const { leaseMs, tickMs } = options.lease;
    await fleet.balanced(ids, leaseMs * 2 + tickMs * 4 + options.handlerMs * 3);
    await load.stop();
    await fleet.drained(90_000 + options.handlerMs * 3);
    const metrics = await paused.page('/metrics');
    const { summary, findings } = await fleet.judge(options.lease);
    // Its own checkpoints count only from the moment it holds a new lease.
    const regained = fleet.storeLog.leases.find(
      ({ atMs, ownerId }) => atMs > wokenMs && ownerId === paused.workerId,
    );
    const stale = fleet.storeLog.checkpoints.filter(
      ({ atMs, process }) =>
        process === paused.processId && atMs > wokenMs && atMs < (regained?.atMs ?? Infinity),
    );
    // Ends of runs that had begun before the stop.
    const oldStarts = new Set(
      fleet
        .records()
        .filter((record) => record.pid === pid && record.kind === 'start' && record.atMs < wokenMs)
        .map(({ partitionId, sequenceNumber }) => `${partitionId}/${sequenceNumber}`),
    );
    const lateEnds = fleet
      .records()
      .filter(
        (record) =>
          record.pid === pid &&
          record.outcome === 'ok' &&
          record.atMs >= wokenMs &&
          oldStarts.has(`${record.partitionId}/${record.sequenceNumber}`),
      ).length;
    const counted = lateResultsIn(metrics);
    return measured(
      `SIGSTOP for twice the lease (${options.lease.leaseMs} ms)${options.ignoresSignal ? ', handlers ignoring their signal' : ''}`,
      'the woken owner neither receives nor checkpoints under its old lease; late results are counted and discarded',
      {
        ...historyParts(summary),
        'all partitions taken while it was stopped': others === options.partitions,
        'late results are counted': !options.ignoresSignal || (counted > 0 && counted <= lateEnds),
        'no checkpoint under the old lease': stale.length === 0,
        'no run started under the old lease': !findings.some(
          ({ rule, text }) => rule === 'overlap' && text.includes('under generation'),
        ),
      },
      { ...summary, lateHandlerEnds: lateEnds, lateResultsCounted: counted },
    );
  });
}

/** The worker's own count of results that came after the lease was lost. */
function lateResultsIn(metrics: string): number {
  const lines = metrics.split('\n').filter((line) => /^eventhub_worker_.*late/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1) ?? 0), 0);
}
