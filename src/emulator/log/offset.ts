/**
 * Offsets as clients see them: opaque texts.
 * Honoured: the bytes in front of the event, in decimal; in a geo-replicated namespace a text that is no number and holds the
 *   replication segment: `segment:sequence number:bytes`, and -1 for both behind the segment of an empty partition. The
 *   service's own form is not published but for that of an empty partition.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventData.js (a string); Azure/azure-sdk-for-net#50645 ("sometimes returning a format
 *   that cannot be parsed as a number"); go azeventhubs 2.0.2 geodr_test.go ("2:-1:-1").
 */
import type { Position } from './log-record.ts';

/** What offsetText() gives at most, in bytes. */
export const MAX_OFFSET_BYTES = 60;

export interface ReplicatedOffset {
  readonly replicationSegment: number;
  readonly sequenceNumber: number;
}

export function offsetText({ replicationSegment, sequenceNumber, offset }: Position): string {
  if (replicationSegment === undefined) return String(offset);
  return `${replicationSegment}:${sequenceNumber}:${offset}`;
}

/** Undefined: the text is none of a geo-replicated namespace. */
export function readReplicatedOffset(text: string): ReplicatedOffset | undefined {
  const match = /^(\d{1,15}):(-1|\d{1,16}):(?:-1|\d{1,16})$/.exec(text);
  return match === null
    ? undefined
    : { replicationSegment: Number(match[1]), sequenceNumber: Number(match[2]) };
}
