// What a check of a history answers with, and the few questions about runs that all checks ask.

import type { EventStory, ProcessId, Run } from './history.ts';

export type FindingRule =
  | 'lost'
  | 'checkpoint-ahead'
  | 'out-of-order'
  | 'overlap'
  | 'regressed'
  | 'duplicate'
  | 'stolen'
  | 'misread'
  | 'gap';

export interface Finding {
  readonly rule: FindingRule;
  readonly guarantee: string;
  /** Allowed findings are counted, not failed. */
  readonly isAllowed: boolean;
  readonly partitionId: string;
  readonly sequenceNumber: number | undefined;
  /** Place in the history at which it became visible. */
  readonly at: number;
  readonly text: string;
}

export interface CheckOptions {
  readonly leaseMs: number;
  readonly handoverTimeoutMs: number;
  /** By how much a lease may be replaced early: the store tells time in seconds. */
  readonly toleranceMs: number;
  /** How long a write may travel: a requester counts from when it sent its request, the history from when it was stored. */
  readonly callTimeoutMs?: number;
  /** Processes that are not ours and follow other rules (a stock consumer). */
  readonly foreign: ReadonlySet<ProcessId>;
}

export function about(
  story: EventStory,
  rule: FindingRule,
  guarantee: string,
  at: number,
  text: string,
): Finding {
  const { partitionId, sequenceNumber } = story;
  return { rule, guarantee, isAllowed: false, partitionId, sequenceNumber, at, text };
}

export function isHandledBefore(other: Run, run: Run): boolean {
  return other !== run && other.outcome === 'handled' && other.endedAt < run.startedAt;
}

export function isSameCall(a: Run, b: Run): boolean {
  return a.process === b.process && a.call === b.call;
}

export function isForeignRun(run: Run, options: CheckOptions): boolean {
  return options.foreign.has(run.process);
}
