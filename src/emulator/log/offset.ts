/**
 * Offsets as clients see them: opaque texts.
 * Honoured: the bytes in front of the event, in decimal; in a geo-replicated namespace a text that is no number and holds the
 *   replication segment. The service's own form of that is not published: here `segment:sequence number:bytes`.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventData.js (a string); Azure/azure-sdk-for-net#50645 ("sometimes returning a format
 *   that cannot be parsed as a number").
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
  const match = /^(\d{1,15}):(\d{1,16}):\d{1,16}$/.exec(text);
  return match === null
    ? undefined
    : { replicationSegment: Number(match[1]), sequenceNumber: Number(match[2]) };
}
