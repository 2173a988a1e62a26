// Where checkpoints are asked to go, and what that means for each partition. Pure but for the look-up of a time.

import { InvalidArgumentError } from 'commander';
import { isNumbered, unknownOffset } from '../../engine/event.ts';
import type { PartitionProperties, Position } from '../../engine/event.ts';
import type { Checkpoint } from '../../engine/leases/records.ts';
import { beginningOf, endOf, numberByTail } from '../../engine/partition/start-plan.ts';

export type Target =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | { readonly at: 'time'; readonly enqueuedAfterMs: number }
  /** The next event handled is this one. */
  | { readonly at: 'sequence'; readonly sequenceNumber: number };

export function parseTarget(given: string): Target {
  if (given === 'earliest' || given === 'latest') return { at: given };
  const sequence = /^sequence:(\d{1,15})$/.exec(given)?.[1];
  if (sequence !== undefined) return { at: 'sequence', sequenceNumber: Number(sequence) };
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isFinite(timeMs)) return { at: 'time', enqueuedAfterMs: timeMs };
  throw new InvalidArgumentError(
    'Allowed: earliest, latest, sequence:N (the next event handled is N) or an ISO time as 2026-01-31T12:00:00Z.',
  );
}

/** The position a target means; for a time the first event at or after it is given, undefined when there is none. */
export function positionFor(
  target: Target,
  end: PartitionProperties,
  firstAtTime: Position | undefined,
): Position {
  switch (target.at) {
    case 'earliest':
      return beginningOf(end);
    case 'latest':
      return endOf(end);
    case 'sequence':
      return { sequenceNumber: clamp(target.sequenceNumber - 1, end), offset: unknownOffset };
    case 'time':
      if (firstAtTime === undefined) return endOf(end);
      return { sequenceNumber: firstAtTime.sequenceNumber - 1, offset: unknownOffset };
    default:
      return target satisfies never;
  }
}

/** A position must lie within what is retained: below it nothing can be read, beyond it the worker sees a re-created hub. */
function clamp(sequenceNumber: number, end: PartitionProperties): number {
  return Math.min(end.lastSequenceNumber, Math.max(beginningOf(end).sequenceNumber, sequenceNumber));
}

export interface Change {
  readonly partitionId: string;
  readonly from: number | undefined;
  readonly to: Position;
  /** Retained events that would be handled again, or never; undefined where an offset alone says where it goes. */
  readonly repeatedEvents: number | undefined;
  readonly skippedEvents: number | undefined;
}

export function changeOf(stored: Checkpoint | undefined, given: Position, end: PartitionProperties): Change {
  const to = isNumbered(given) ? given : numberByTail(given, end);
  const retainedFrom = beginningOf(end).sequenceNumber;
  const from = Math.max(stored?.sequenceNumber ?? retainedFrom, retainedFrom);
  return {
    partitionId: end.partitionId,
    from: stored?.sequenceNumber,
    to,
    repeatedEvents: isNumbered(to) ? Math.max(0, from - to.sequenceNumber) : undefined,
    skippedEvents: isNumbered(to) ? Math.max(0, to.sequenceNumber - from) : undefined,
  };
}
