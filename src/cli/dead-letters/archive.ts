// What the `dead-letters` command needs of the store that keeps the letters, and how a letter is named on its command line.

import type { DeadLetterEntry, DeadLetterStore } from '../../azure/dead-letter-store.ts';
import type { DeadLetterId } from '../../azure/dead-letter-id.ts';
import { WorkerError } from '../../engine/errors.ts';

export type { DeadLetterEntry, DeadLetterId };
export type DeadLetterArchive = Pick<DeadLetterStore, 'list' | 'at' | 'readEvent' | 'markReplayed'>;

/** A letter as a person names it; without the last part when its position has one letter only. */
export interface TypedId {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** When its event was enqueued in ms, or `v1`: named by version 1, without that time. Undefined: left out. */
  readonly enqueued: number | 'v1' | undefined;
}

/** partition/sequence number/enqueued time */
export function letterId({ partitionId, sequenceNumber, enqueuedAtMs }: DeadLetterId): string {
  return `${partitionId}/${sequenceNumber}/${enqueuedAtMs ?? 'v1'}`;
}

/** partition/sequence number, which is enough where the position has one letter only. */
export function positionOf({ partitionId, sequenceNumber }: DeadLetterId): string {
  return `${partitionId}/${sequenceNumber}`;
}

export function isNamedBy(id: TypedId, letter: DeadLetterId): boolean {
  return (
    id.partitionId === letter.partitionId &&
    id.sequenceNumber === letter.sequenceNumber &&
    (id.enqueued === undefined || id.enqueued === (letter.enqueuedAtMs ?? 'v1'))
  );
}

/** The one letter a person means; undefined: there is none. Throws EHW_BAD_USAGE with the candidates when there are several. */
export async function findLetter(
  archive: Pick<DeadLetterArchive, 'at'>,
  id: TypedId,
  signal: AbortSignal,
): Promise<DeadLetterEntry | undefined> {
  const atPosition = await archive.at(id.partitionId, id.sequenceNumber, signal);
  const [found, ...others] = atPosition.filter((entry) => isNamedBy(id, entry));
  if (found === undefined || others.length === 0) return found;
  throw new WorkerError('EHW_BAD_USAGE', {
    reason:
      `${positionOf(found)} has ${others.length + 1} dead letters, because the event hub was re-created or an older version ` +
      `wrote one of them. Say which: ${[found, ...others].map(letterId).join(', ')}.`,
  });
}
