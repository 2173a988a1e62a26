// Where a partition begins: a pure decision from its checkpoint, the range the broker retains and the configured start.
// It also keeps KEDA's lag honest: the scaler counts everything retained when there is no checkpoint, and never notices
// that events behind a checkpoint expired (pkg/scalers/azure_eventhub_scaler.go, GetUnprocessedEventCountInPartition).

import { isNumbered, unknownOffset } from '../event.ts';
import type { PartitionProperties, Position, StartPosition } from '../event.ts';

export type StartPlan =
  /** Begin after `position`; write it as checkpoint. `expired`: events that were gone before anybody handled them. */
  | {
      readonly kind: 'position';
      readonly position: Position;
      readonly expired: number;
      readonly isReset: boolean;
    }
  /** No checkpoint yet and a start by time: the first flush writes one. */
  | { readonly kind: 'time'; readonly enqueuedAfterMs: number }
  /** The hub was re-created and the policy says stop. */
  | { readonly kind: 'recreated'; readonly checkpoint: number; readonly last: number };

export interface StartQuestion {
  readonly checkpoint: Position | undefined;
  /** Undefined only when the broker did not answer although there is a checkpoint. */
  readonly properties: PartitionProperties | undefined;
  readonly start: StartPosition;
  readonly onRecreatedHub: 'reset' | 'stop';
}

export function planStart(question: StartQuestion): StartPlan {
  const { checkpoint, properties, onRecreatedHub } = question;
  if (properties === undefined) {
    const position = checkpoint ?? { sequenceNumber: -1, offset: unknownOffset };
    return { kind: 'position', position, expired: 0, isReset: false };
  }
  if (checkpoint === undefined) return planFresh(question.start, properties);
  if (!isNumbered(checkpoint)) {
    return { kind: 'position', position: numberByTail(checkpoint, properties), expired: 0, isReset: false };
  }
  const last = properties.lastSequenceNumber;
  if (checkpoint.sequenceNumber > last) {
    if (onRecreatedHub === 'stop') return { kind: 'recreated', checkpoint: checkpoint.sequenceNumber, last };
    return { kind: 'position', position: beginningOf(properties), expired: 0, isReset: true };
  }
  return { kind: 'position', ...advanceOverExpired(checkpoint, properties), isReset: false };
}

/** The position just before the first retained event; the end, when nothing is retained. */
export function beginningOf(properties: PartitionProperties): Position {
  if (properties.isEmpty) return endOf(properties);
  return { sequenceNumber: properties.beginSequenceNumber - 1, offset: unknownOffset };
}

/** By sequence number: geo-replicated namespaces refuse the very offset that they tell of the end (docs/fidelity.md). */
export function endOf(properties: PartitionProperties): Position {
  return { sequenceNumber: properties.lastSequenceNumber, offset: unknownOffset };
}

/** Where a position stands once the events behind it have expired, and how many those were. */
export function advanceOverExpired(
  position: Position,
  properties: PartitionProperties,
): { readonly position: Position; readonly expired: number } {
  const beginning = beginningOf(properties);
  const expired = beginning.sequenceNumber - position.sequenceNumber;
  return expired > 0 ? { position: beginning, expired } : { position, expired: 0 };
}

/**
 * An offset alone, with its sequence number where the broker tells it: the last event's own offset, or a partition with nothing
 * left. Otherwise something lies behind it, and the first event that comes tells where.
 */
export function numberByTail(position: Position, properties: PartitionProperties): Position {
  const isTail = properties.isEmpty || properties.lastOffset === position.offset;
  return isTail ? { ...position, sequenceNumber: properties.lastSequenceNumber } : position;
}

function planFresh(start: StartPosition, properties: PartitionProperties): StartPlan {
  switch (start.at) {
    case 'earliest':
      return { kind: 'position', position: beginningOf(properties), expired: 0, isReset: false };
    case 'latest':
      return { kind: 'position', position: endOf(properties), expired: 0, isReset: false };
    case 'time':
      return { kind: 'time', enqueuedAfterMs: start.enqueuedAfterMs };
    default:
      return start satisfies never;
  }
}
