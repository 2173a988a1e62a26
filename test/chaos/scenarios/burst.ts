// The field report behind this product: events disappear while a burst makes the workers scale from 1 to 2. `send` offers
// twice what one throughput unit takes, the second worker joins in the middle, and every event is counted at both ends.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import { readSendEnd, startSend } from '../send-process.ts';
import { historyParts, measureInFleet, fastLease, measured } from './measurement.ts';
import type { Measurement } from './measurement.ts';

/** One moment of the story. */
export interface BurstMoment {
  readonly seconds: number;
  /** Events the event hub took so far. */
  readonly accepted: number;
  readonly handled: number;
  readonly partitionsPerWorker: readonly number[];
  readonly isSending: boolean;
}

export interface BurstOptions {
  readonly retries: boolean;
  readonly seed: number;
  readonly count?: number;
  readonly onMoment?: (moment: BurstMoment) => void;
}

const partitions = 8;
/** Twice what one throughput unit takes. */
const eventsPerSecond = 2_000;
const sendDeadlineMs = 180_000;

export function measureBurst(options: BurstOptions): Promise<Measurement> {
  const { retries, seed, count = 10_000 } = options;
  const scenario = { lease: fastLease, partitions, eventsPerSecond, handlerMs: 5, seed };
  return measureInFleet(scenario, { workers: 2, throughputUnits: 1 }, async (fleet) => {
    const [first, second] = fleet.slots.map(({ workerId }) => workerId);
    if (first === undefined || second === undefined) throw new Error('The burst needs two workers.');
    await fleet.slot(0).start();
    await fleet.balanced([first], 60_000);
    const send = startSend({
      connectionString: fleet.eventHubConnectionString,
      eventHub: fleet.emulator.hub,
      count,
      eventsPerSecond,
      keys: 400,
      retries,
      logPath: join(fleet.folder, 'send.log'),
    });
    const ticker = watch(fleet, options, () => send.isRunning);
    try {
      // The autoscaler sees the lag and adds a worker while the burst goes on.
      await delay((count / eventsPerSecond / 3) * 1000);
      await fleet.slot(1).start();
      const { exitCode } = await within(send.ended, sendDeadlineMs, 'send');
      const end = readSendEnd(send.log(), exitCode);
      await fleet.balanced([first, second], 60_000);
      await fleet.drained(120_000);
      return await judge(fleet, options, count, end);
    } finally {
      await ticker.stop();
    }
  });
}

async function judge(
  fleet: Fleet,
  options: BurstOptions,
  count: number,
  end: ReturnType<typeof readSendEnd>,
): Promise<Measurement> {
  const handled = fleet.records().filter((record) => record.outcome === 'ok');
  // By the producer's own ids: what it offered and no handler ever saw is lost, whoever lost it.
  const lostEndToEnd = count - new Set(handled.map(({ eventId }) => eventId)).size;
  const { summary } = await fleet.judge(fastLease);
  const figures = {
    ...summary,
    offered: count,
    sentBySend: end.sent,
    retriedBySend: end.retried,
    failedBySend: end.failed,
    sendExitCode: end.exitCode ?? 'killed',
    lostFromProducerToHandler: lostEndToEnd,
    lostPercent: Math.round((lostEndToEnd / count) * 10_000) / 100,
  };
  const always = {
    ...historyParts(summary),
    'no duplicates at all': summary.duplicatesAllowed === 0,
    'send counts what never arrived': end.failed === lostEndToEnd && end.sent + end.failed === count,
  };
  return options.retries
    ? measured(
        'burst of twice the throughput unit, 1 -> 2 workers, send with retries',
        '0 lost from producer to handler',
        {
          ...always,
          'nothing lost end to end': lostEndToEnd === 0,
          'the hub was busy': end.retried > 0,
          'send ends with 0': end.exitCode === 0,
        },
        figures,
      )
    : measured(
        'burst of twice the throughput unit, 1 -> 2 workers, send without retries',
        'the loss appears, at the producer, and both send and the checker count it',
        { ...always, 'the loss appears': lostEndToEnd > 0, 'send ends with 1': end.exitCode === 1 },
        figures,
      );
}

/** Tells a moment every half second. */
function watch(
  fleet: Fleet,
  options: BurstOptions,
  isSending: () => boolean,
): { readonly stop: () => Promise<void> } {
  const { onMoment } = options;
  if (onMoment === undefined) return { stop: async () => undefined };
  const over = new AbortController();
  const startedMs = performance.now();
  const tell = async (): Promise<void> => {
    const sent = await fleet.sentPerPartition();
    onMoment({
      seconds: (performance.now() - startedMs) / 1000,
      accepted: [...sent.values()].reduce((sum, count) => sum + count, 0),
      handled: fleet.records().filter((record) => record.outcome === 'ok').length,
      partitionsPerWorker: fleet.ownedBy(fleet.slots.map(({ workerId }) => workerId)),
      isSending: isSending(),
    });
  };
  const running = (async () => {
    while (!over.signal.aborted) {
      await tell();
      await delay(500, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await running.catch(() => undefined);
      await tell().catch(() => undefined);
    },
  };
}

async function within<T>(promise: Promise<T>, withinMs: number, what: string): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(withinMs, undefined, { signal: over.signal }).then(() => {
        throw new Error(`${what} did not end within ${withinMs} ms`);
      }),
    ]);
  } finally {
    over.abort();
  }
}
