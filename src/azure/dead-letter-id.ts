// How a dead letter is named: its partition, its event's sequence number, and the time the broker stored the event. The time
// tells the events of a re-created hub, which counts from 0 again, from those before. Version 1 named letters without it.

import { groupPrefix } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';

export interface DeadLetterId {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** Undefined: the letter was named by version 1. 0: the broker told no time. */
  readonly enqueuedAtMs: number | undefined;
}

/** Digits of a 64-bit number and of a time, so that names sort as numbers do. */
const sequenceDigits = 19;
const timeDigits = 16;

export function letterBlobName(group: GroupName, id: DeadLetterId): string {
  const { enqueuedAtMs } = id;
  const time = enqueuedAtMs === undefined ? '' : `_${String(enqueuedAtMs).padStart(timeDigits, '0')}`;
  return `${positionPrefix(group, id)}${time}.json`;
}

/** What the names of all letters of one position begin with. */
export function positionPrefix(
  group: GroupName,
  { partitionId, sequenceNumber }: Pick<DeadLetterId, 'partitionId' | 'sequenceNumber'>,
): string {
  return `${groupPrefix(group)}${partitionId}/${String(sequenceNumber).padStart(sequenceDigits, '0')}`;
}

/** Undefined: the blob is no letter. */
export function idOfBlobName(group: GroupName, name: string): DeadLetterId | undefined {
  const rest = name.slice(groupPrefix(group).length);
  const [, partitionId, digits, time] = /^([^/]+)\/(\d{19})(?:_(\d{16}))?\.json$/.exec(rest) ?? [];
  if (partitionId === undefined) return undefined;
  return {
    partitionId,
    sequenceNumber: Number(digits),
    enqueuedAtMs: time === undefined ? undefined : Number(time),
  };
}

/** The id under which the event of a letter is kept. */
export function idOfEvent(
  partitionId: string,
  { sequenceNumber, enqueuedAtMs }: { readonly sequenceNumber: number; readonly enqueuedAtMs: number },
): DeadLetterId {
  const isTime = Number.isSafeInteger(enqueuedAtMs) && enqueuedAtMs >= 0;
  return { partitionId, sequenceNumber, enqueuedAtMs: isTime ? enqueuedAtMs : 0 };
}
