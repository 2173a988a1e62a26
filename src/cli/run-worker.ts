// The life of a worker in its process: start, work, and one of the ways to end. Everything it waits for can end it: the
// first signal drains, the second stops at once, a crash stops and fails, the worker's own end fails.

import { once } from 'node:events';
import { reasonOf } from '../engine/errors.ts';
import type { WorkerEnd } from '../engine/worker.ts';
import type { ExitCode } from './command.ts';
import type { Shutdown } from './shutdown.ts';

/** What of a worker is needed here. */
export interface RunnableWorker {
  start(): Promise<void>;
  drain(): Promise<WorkerEnd>;
  stop(): Promise<WorkerEnd>;
  readonly ended: Promise<Error | undefined>;
}

/** What can end a worker from outside. */
export interface EndSignals {
  readonly shutdown: Shutdown;
  /** Settles with an error that nobody caught. */
  readonly crashed: Promise<unknown>;
}

export interface RunLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  fatal(details: object, message: string): void;
}

type Reason =
  | { readonly kind: 'asked' }
  | { readonly kind: 'ended'; readonly error: Error | undefined }
  | { readonly kind: 'start-failed'; readonly error: unknown }
  | { readonly kind: 'crashed'; readonly error: unknown };

/** A stop after a crash or a failed start: leases are worth a moment, a broken process is not worth more. */
const stopDeadlineMs = 5000;

/**
 * Settles with the exit code when the worker is over. Throws what the start failed with, so that it is told like every
 * other failure of a command.
 */
export async function runWorker(worker: RunnableWorker, signals: EndSignals, log: RunLog): Promise<ExitCode> {
  const { shutdown, crashed } = signals;
  const starting = worker.start();
  const reason = await Promise.race<Reason>([
    aborted(shutdown.drain).then(() => ({ kind: 'asked' })),
    crashed.then((error) => ({ kind: 'crashed', error })),
    worker.ended.then((error) => ({ kind: 'ended', error })),
    starting.then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => ({ kind: 'start-failed', error }),
    ),
  ]);
  // Once an end has begun, a start that is cut short by it is no failure of its own.
  starting.catch(() => undefined);
  switch (reason.kind) {
    case 'asked':
      return drain(worker, signals, log);
    case 'start-failed':
      await stopWithin(worker);
      throw reason.error;
    case 'crashed':
      log.fatal({ err: reason.error }, 'an error that nobody caught; stopping');
      await stopWithin(worker);
      return 1;
    case 'ended':
      log.fatal({ err: reason.error }, `the worker ended by itself: ${reasonOf(reason.error)}`);
  }
  return 1;
}

async function drain(
  worker: RunnableWorker,
  { shutdown, crashed }: EndSignals,
  log: RunLog,
): Promise<ExitCode> {
  log.info({}, 'asked to end: draining; a second signal stops at once');
  const hurried = Promise.race([
    aborted(shutdown.stop).then(() => log.warn({}, 'asked again: stopping at once')),
    crashed.then((error) => log.fatal({ err: error }, 'an error that nobody caught; stopping')),
  ]).then(async () => worker.stop());
  const end = await Promise.race([worker.drain(), hurried]);
  if (end.isClean) return 0;
  log.warn(
    { unflushed: end.unflushedPartitions, unreleased: end.unreleasedPartitions },
    'ended with work undone: unflushed partitions repeat events, unreleased ones wait for their lease to expire',
  );
  return 1;
}

async function stopWithin(worker: RunnableWorker): Promise<void> {
  const deadline = new Promise<void>((resolve) => {
    setTimeout(resolve, stopDeadlineMs).unref();
  });
  // The reason to end is told already; that the stop fails as well adds nothing to it.
  await Promise.race([worker.stop().catch(() => undefined), deadline]);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
