// Waiting on the Clock port: every wait ends by time or by a signal.

import { WorkerError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Settles after `delayMs` or as soon as the signal is aborted; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.schedule(delayMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/**
 * Runs one operation with a deadline of its own. A callee that ignores its signal is left behind: the caller goes on.
 * Rejects with EHW_TIMED_OUT at the deadline, and with the signal's reason when the caller gives up first.
 */
export function withDeadline<T>(
  clock: Clock,
  wait: { readonly operation: string; readonly timeoutMs: number; readonly signal?: AbortSignal },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const own = new AbortController();
    const give = (reason: unknown): void => {
      leave();
      own.abort(reason);
      reject(reason);
    };
    const giveUp = (): void => give(wait.signal?.reason);
    const leave = (): void => {
      cancel();
      wait.signal?.removeEventListener('abort', giveUp);
    };
    const cancel = clock.schedule(wait.timeoutMs, () =>
      give(new WorkerError('EHW_TIMED_OUT', { operation: wait.operation, timeoutMs: wait.timeoutMs })),
    );
    if (wait.signal?.aborted === true) return giveUp();
    wait.signal?.addEventListener('abort', giveUp, { once: true });
    run(own.signal).then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}
