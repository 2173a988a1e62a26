// What follows from a failed attempt: the one place that decides it, every branch says why.

import { reasonOf, WorkerError } from '../errors.ts';
import type { DeadLetterReason } from '../event-outcome.ts';
import type { Random } from '../ports.ts';
import type { HandlingSettings } from '../settings.ts';
import { PermanentError } from './handler.ts';
import { undecodableIn } from './undecodable.ts';

export type Consequence =
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason }
  /** Keep the lane and keep trying, at the longest pause. */
  | { readonly kind: 'block'; readonly afterMs: number }
  /** Give the partition up. */
  | { readonly kind: 'stop' };

export interface FailedAttempt {
  readonly error: unknown;
  /** 1 for the first try. */
  readonly attempt: number;
}

export function classifyFailure(
  failed: FailedAttempt,
  settings: HandlingSettings,
  random: Random,
): Consequence {
  // Nobody can read it, whatever the handler made of that: the most telling reason goes first.
  if (undecodableIn(failed.error) !== undefined) return { kind: 'dead-letter', reason: 'undecodable' };
  // The handler says that no retry helps. Blocking or stopping would not help either: the event itself is at fault.
  if (failed.error instanceof PermanentError) return { kind: 'dead-letter', reason: 'permanent' };
  if (failed.attempt < settings.maxAttempts) {
    return { kind: 'retry', afterMs: backOffMs(failed.attempt, settings, random) };
  }
  switch (settings.onExhausted) {
    case 'dead-letter':
      return { kind: 'dead-letter', reason: 'exhausted' };
    case 'block':
      return { kind: 'block', afterMs: backOffMs(failed.attempt, settings, random) };
    case 'stop':
      return { kind: 'stop' };
    default:
      return settings.onExhausted satisfies never;
  }
}

/** The event itself is at fault: no other attempt can end otherwise. */
export function isFinal(error: unknown): boolean {
  return error instanceof PermanentError || undecodableIn(error) !== undefined;
}

/** Why the handler never sees an event, decided before any attempt. */
export interface Defect {
  readonly reason: Extract<DeadLetterReason, 'invalid' | 'undecodable'>;
  readonly error: string;
}

/** Of an event that nobody could read when it arrived. */
export function defectOnArrival(why: string): Defect {
  return { reason: 'undecodable', error: new WorkerError('EHW_EVENT_UNDECODABLE', { reason: why }).message };
}

/** Of an event on which the handler's key function failed: because it could not be read, or for a reason of its own. */
export function defectOfKey(error: Error): Defect {
  return { reason: undecodableIn(error) === undefined ? 'invalid' : 'undecodable', error: reasonOf(error) };
}

/** Exponential with full jitter: many lanes that fail together spread their retries over the whole pause. */
export function backOffMs(
  attempt: number,
  settings: Pick<HandlingSettings, 'retryMinMs' | 'retryMaxMs'>,
  random: Random,
): number {
  const ceilingMs = Math.min(settings.retryMaxMs, settings.retryMinMs * 2 ** Math.min(attempt - 1, 30));
  return random.next() * ceilingMs;
}
