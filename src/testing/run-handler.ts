// Runs a handler over a list of events through the real engine (lanes, retries, bisection, dead letters) with everything
// around it in memory and with time that nobody has to wait for.

import { EventView } from '../engine/handling/event-view.ts';
import { statedReplays } from '../engine/handling/replays.ts';
import type { Handler } from '../engine/handling/handler.ts';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import type { DeadLetterReason } from '../engine/event-outcome.ts';
import type { DeadLetter } from '../engine/ports.ts';
import type { HandlingSettings } from '../engine/settings.ts';
import { Worker } from '../engine/worker.ts';
import { MemoryGroup } from './memory-group.ts';
import { MemoryHub } from './memory-hub.ts';
import { observed, positionOf } from './observed-handler.ts';
import type { HandlerCall, Observation } from './observed-handler.ts';
import { RunEnd } from './run-end.ts';
import { runSettings } from './run-settings.ts';
import { SeededRandom } from './seeded-random.ts';
import { SkippingClock } from './skipping-clock.ts';
import { recordingLog } from './test-context.ts';
import type { LogLine } from './test-context.ts';
import { receivedEventOf, TestEvent } from './test-event.ts';
import type { TestEventFields } from './test-event.ts';

export interface RunHandlerOptions {
  /** Changes to the defaults of `run`: ordering, concurrency, maxAttempts, retry times, attemptTimeoutMs, onExhausted. */
  readonly handling?: Partial<HandlingSettings>;
  /** Real time after which the run is given up because the handler does not return. Default 10,000. */
  readonly deadlineMs?: number;
  /** Seed of the jitter: two runs with the same seed wait equally long. Default 1. */
  readonly seed?: number;
}

export interface RunDeadLetter {
  readonly event: WorkerEvent;
  readonly reason: DeadLetterReason;
  readonly error: string;
  readonly attempts: number;
}

export interface HandlerRun {
  /** Events that the handler finished, by partition and sequence number. */
  readonly handled: readonly WorkerEvent[];
  /** In the order in which they were stored. */
  readonly deadLetters: readonly RunDeadLetter[];
  /** Events that nothing finished: blocked, or of a partition that was stopped (`onExhausted`). */
  readonly unfinished: readonly WorkerEvent[];
  /** Every call of onEvent or onBatch, in the order in which they ended. */
  readonly calls: readonly HandlerCall[];
  /** What the handler logged through its context. */
  readonly logs: readonly LogLine[];
  /** Time of the test's clock from start to end: back-off is counted though nobody waited for it. */
  readonly elapsedMs: number;
}

const startMs = Date.UTC(2026, 0, 1);

/**
 * Settles when every event is handled or a dead letter, or is blocked for good. Rejects when the handler's start() throws
 * and when a call does not return within `deadlineMs` of real time.
 */
export async function runHandler(
  handler: Handler,
  events: readonly (TestEventFields | TestEvent)[],
  options: RunHandlerOptions = {},
): Promise<HandlerRun> {
  const partitions = partitionsOf(events);
  const clock = new SkippingClock(startMs);
  const end = new RunEnd(new Map([...partitions].map(([id, list]) => [id, list.length])));
  const seen: Observation = { calls: [], succeeded: new Set() };
  const letters: DeadLetter[] = [];
  const logs: LogLine[] = [];
  const group = new MemoryGroup(clock);
  const worker = new Worker({
    handler: observed(handler, clock, seen),
    settings: runSettings(options.handling ?? {}),
    ports: {
      source: new MemoryHub(clock, partitions),
      leases: group,
      checkpoints: group,
      deadLetters: { put: async (letter) => void letters.push(letter) },
      replays: statedReplays,
      clock,
      random: new SeededRandom(options.seed ?? 1),
      report: (report) => end.note(report),
      handlerLog: () => recordingLog(logs),
    },
  });
  const endMs = await untilOver(worker, end, clock, options.deadlineMs ?? 10_000);
  return { ...outcomeOf(partitions, letters, seen), calls: seen.calls, logs, elapsedMs: endMs };
}

/** Gives the time at which the last event finished: leaving the group afterwards takes time of its own. */
async function untilOver(
  worker: Worker,
  end: RunEnd,
  clock: SkippingClock,
  deadlineMs: number,
): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`The handler did not finish its events within ${deadlineMs} ms.`)),
    deadlineMs,
  );
  const ended = worker.ended.then((error) => {
    throw error ?? new Error('The worker ended before the events were finished.');
  });
  ended.catch(() => undefined);
  try {
    await Promise.race([worker.start(), late.promise]);
    await Promise.race([end.reached, ended, late.promise]);
    const endMs = clock.monotonicMs();
    await Promise.race([worker.drain(), late.promise]);
    return endMs;
  } finally {
    clearTimeout(timer);
    clock.stop();
  }
}

function outcomeOf(
  partitions: ReadonlyMap<string, readonly ReceivedEvent[]>,
  letters: readonly DeadLetter[],
  seen: Observation,
): Pick<HandlerRun, 'handled' | 'deadLetters' | 'unfinished'> {
  const deadLetters = letters.map(({ partitionId, event, reason, error, attempts }) => ({
    event: new EventView(partitionId, event),
    reason,
    error,
    attempts,
  }));
  const dead = new Set(deadLetters.map(({ event }) => positionOf(event)));
  const alive = [...partitions]
    .flatMap(([partitionId, list]) => list.map((event) => new EventView(partitionId, event)))
    .filter((event) => !dead.has(positionOf(event)));
  return {
    handled: alive.filter((event) => seen.succeeded.has(positionOf(event))),
    deadLetters,
    unfinished: alive.filter((event) => !seen.succeeded.has(positionOf(event))),
  };
}

/** Numbers the events that have no number yet, in the order given; throws on one that is not above the one before it. */
function partitionsOf(
  events: readonly (TestEventFields | TestEvent)[],
): ReadonlyMap<string, readonly ReceivedEvent[]> {
  const partitions = new Map<string, ReceivedEvent[]>();
  for (const given of events) {
    const fields = given instanceof TestEvent ? given.given : given;
    const partitionId = fields.partitionId ?? '0';
    const list = partitions.get(partitionId) ?? [];
    const last = list.at(-1)?.sequenceNumber ?? -1;
    const sequenceNumber = fields.sequenceNumber ?? last + 1;
    if (sequenceNumber <= last) {
      throw new RangeError(
        `The events of partition ${partitionId} must ascend: sequence number ${sequenceNumber} comes after ${last}.`,
      );
    }
    list.push(receivedEventOf(fields, sequenceNumber));
    partitions.set(partitionId, list);
  }
  return partitions;
}
