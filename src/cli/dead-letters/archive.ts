// What the `dead-letters` command needs of the store that keeps the letters; src/azure/dead-letter-store.ts implements it.

import type { DeadLetterReason } from '../../engine/event-outcome.ts';
import type { DeadLetter } from '../../engine/ports.ts';

/** One letter as a listing shows it: everything but the event's body and properties. */
export interface DeadLetterEntry {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly reason: DeadLetterReason;
  /** Shortened where the store keeps only a part of it beside the blob. */
  readonly error: string;
  readonly attempts: number;
  readonly deadLetteredAtMs: number;
  readonly replayedAtMs: number | undefined;
}

export interface DeadLetterArchive {
  /** Every letter of the consumer group, by partition and sequence number. */
  list(signal: AbortSignal): AsyncIterable<DeadLetterEntry>;
  /** Undefined: there is none at this position. */
  read(partitionId: string, sequenceNumber: number, signal: AbortSignal): Promise<DeadLetter | undefined>;
  markReplayed(
    partitionId: string,
    sequenceNumber: number,
    replayedAtMs: number,
    signal: AbortSignal,
  ): Promise<void>;
}

/** How a letter is named on the command line. */
export function letterId(letter: { readonly partitionId: string; readonly sequenceNumber: number }): string {
  return `${letter.partitionId}/${letter.sequenceNumber}`;
}
