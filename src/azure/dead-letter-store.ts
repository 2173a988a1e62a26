// Dead letters of one consumer group: one JSON blob per event in a container of their own, named by position, so that a crash
// that repeats an event replaces its letter. What a listing shows lies in the blob's metadata.

import { reasonOf, WorkerError } from '../engine/errors.ts';
import { deadLetterReasons } from '../engine/event-outcome.ts';
import type { DeadLetterReason } from '../engine/event-outcome.ts';
import type { DeadLetter, DeadLetterSink } from '../engine/ports.ts';
import type { BlobContainer, FoundBlob } from './blob-container.ts';
import { decodeLetter, encodeLetter } from './dead-letter-record.ts';
import { groupPrefix } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';

/** One letter as a listing shows it. */
export interface DeadLetterEntry {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly reason: DeadLetterReason;
  /** Its first part: metadata is small. */
  readonly error: string;
  readonly attempts: number;
  readonly deadLetteredAtMs: number;
  readonly replayedAtMs: number | undefined;
}

/** Digits of a 64-bit number, so that names sort as numbers do. */
const sequenceDigits = 19;
const maxErrorCharacters = 300;

export class DeadLetterStore implements DeadLetterSink {
  readonly #container: BlobContainer;
  readonly #group: GroupName;

  constructor(container: BlobContainer, group: GroupName) {
    this.#container = container;
    this.#group = group;
  }

  /** Creates the container when it is missing and the credentials permit it. */
  async put(letter: DeadLetter, signal: AbortSignal): Promise<void> {
    const name = this.#nameOf(letter.partitionId, letter.event.sequenceNumber);
    const content = encodeLetter(letter, this.#group);
    const options = { metadata: metadataOf(letter), contentType: 'application/json' };
    try {
      await this.#container.put(name, content, options, signal);
    } catch (thrown) {
      if (!(thrown instanceof WorkerError && thrown.code === 'EHW_CONTAINER_NOT_FOUND')) throw thrown;
      try {
        await this.#container.createIfMissing(signal);
      } catch {
        // Not permitted: that the container is missing is what a person can act on.
        throw thrown;
      }
      await this.#container.put(name, content, options, signal);
    }
  }

  /** Every letter of the consumer group, by partition and sequence number. None when there is no container yet. */
  async *list(signal: AbortSignal): AsyncGenerator<DeadLetterEntry> {
    try {
      for await (const { blobs } of this.#container.pages(groupPrefix(this.#group), signal)) {
        for (const blob of blobs) {
          const entry = this.#toEntry(blob);
          if (entry !== undefined) yield entry;
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof WorkerError && thrown.code === 'EHW_CONTAINER_NOT_FOUND')) throw thrown;
    }
  }

  /** The whole letter; undefined: there is none at this position. Throws EHW_RECORD_INVALID for a blob that is no letter. */
  async read(
    partitionId: string,
    sequenceNumber: number,
    signal: AbortSignal,
  ): Promise<DeadLetter | undefined> {
    const name = this.#nameOf(partitionId, sequenceNumber);
    const content = await this.#container.readContent(name, signal);
    if (content === undefined) return undefined;
    try {
      return decodeLetter(content.toString('utf8'));
    } catch (thrown) {
      throw new WorkerError(
        'EHW_RECORD_INVALID',
        { blob: name, reason: reasonOf(thrown) },
        { cause: thrown },
      );
    }
  }

  /** Writes down that the event was handled or sent again. A letter that is gone or was replaced meanwhile stays unmarked. */
  async markReplayed(
    partitionId: string,
    sequenceNumber: number,
    replayedAtMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const name = this.#nameOf(partitionId, sequenceNumber);
    const blob = await this.#container.readMetadata(name, signal);
    if (blob === undefined) return;
    const metadata = { ...blob.metadata, replayedatms: String(replayedAtMs) };
    await this.#container.writeMetadata(name, metadata, blob.etag, signal);
  }

  #nameOf(partitionId: string, sequenceNumber: number): string {
    const digits = String(sequenceNumber).padStart(sequenceDigits, '0');
    return `${groupPrefix(this.#group)}${partitionId}/${digits}.json`;
  }

  #toEntry({ name, metadata }: FoundBlob): DeadLetterEntry | undefined {
    const [, partitionId, digits] =
      /^([^/]+)\/(\d+)\.json$/.exec(name.slice(groupPrefix(this.#group).length)) ?? [];
    const reason = deadLetterReasons.find((known) => known === metadata['reason']);
    if (partitionId === undefined || reason === undefined) return undefined;
    const replayedAtMs = metadata['replayedatms'];
    return {
      partitionId,
      sequenceNumber: Number(digits),
      reason,
      error: decodeText(metadata['error'] ?? ''),
      attempts: Number(metadata['attempts'] ?? 0),
      deadLetteredAtMs: Number(metadata['deadletteredatms'] ?? 0),
      replayedAtMs: replayedAtMs === undefined ? undefined : Number(replayedAtMs),
    };
  }
}

function metadataOf(letter: DeadLetter): Record<string, string> {
  return {
    reason: letter.reason,
    attempts: String(letter.attempts),
    deadletteredatms: String(letter.deadLetteredAtMs),
    // Metadata travels in HTTP headers: ASCII only. A character cut in half becomes a replacement mark.
    error: encodeURIComponent(letter.error.slice(0, maxErrorCharacters).toWellFormed()),
  };
}

function decodeText(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
