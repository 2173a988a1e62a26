// What an attempt came to, from what was asked of it and what it did: the one place that decides it, for both handler forms.
//
//                     returned                threw
//   not told to stop  finished                failed
//   timed out         failed (the time-out)   failed
//   interrupted       interrupted             interrupted
//
// An attempt that was told to stop and then returns has not said that it was done: `if (signal.aborted) return` is the
// commonest way to obey. Calling it finished would lose its event.

import { isFinal } from './classify.ts';
import type { AbortCause } from './context.ts';

export type AttemptEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Counts neither way: the event is handled again, with the attempts it had before. */
  | { readonly kind: 'interrupted' };

/** What was asked of the attempt. `reason` is what its signal was aborted with. */
export interface StopRequest {
  readonly cause: AbortCause;
  readonly reason: Error;
}

const finished: AttemptEnd = { kind: 'finished' };
const interrupted: AttemptEnd = { kind: 'interrupted' };

export function endOfReturned(asked: StopRequest | undefined): AttemptEnd {
  if (asked === undefined) return finished;
  return asked.cause === 'timed-out' ? { kind: 'failed', error: asked.reason } : interrupted;
}

/** What the event itself is to blame for stays so, whatever was asked. */
export function endOfThrown(asked: StopRequest | undefined, error: unknown): AttemptEnd {
  return asked?.cause === 'interrupted' && !isFinal(error) ? interrupted : { kind: 'failed', error };
}
