// Dead letters of one consumer group: one JSON blob per event in a container of their own, so that a crash that repeats an
// event replaces its letter. What a listing shows lies in the blob's metadata, and so does a small message: replaying it then
// needs no request of its own. Marks of replays are replay-log.ts.

import { reasonOf, WorkerError } from '../engine/errors.ts';
import { deadLetterReasons } from '../engine/event-outcome.ts';
import type { DeadLetterReason } from '../engine/event-outcome.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import type { DeadLetter, DeadLetterSink } from '../engine/ports.ts';
import type { BlobContainer, FoundBlob } from './blob-container.ts';
import { idOfBlobName, idOfEvent, letterBlobName, positionPrefix } from './dead-letter-id.ts';
import type { DeadLetterId } from './dead-letter-id.ts';
import { decodeLetter, encodeLetter, errorText } from './dead-letter-record.ts';
import { groupPrefix } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';
import { letterEvent } from './letter-event.ts';
import { ReplayLog, versionKey } from './replay-log.ts';

/** One letter as a listing shows it. */
export interface DeadLetterEntry extends DeadLetterId {
  readonly reason: DeadLetterReason;
  /** Its first part: metadata is small. */
  readonly error: string;
  readonly attempts: number;
  readonly deadLetteredAtMs: number;
  readonly replayedAtMs: number | undefined;
  /** Of the blob: an upper bound of the message's. */
  readonly sizeBytes: number;
  readonly etag: string;
  /** Base64 of the message, when it is small. */
  readonly message: string | undefined;
}

const maxErrorCharacters = 300;
/** Metadata may have 8 KB, and some proxies pass no longer header. Larger messages are read from the blob. */
const maxInlineBytes = 2048;
/** Of a letter: the largest events of a dedicated cluster have 20 MB, which base64 makes 27. */
const maxLetterBytes = 64 * 1024 * 1024;
/** A page of letters with their messages is a few megabytes. */
const listPageSize = 1000;

export class DeadLetterStore implements DeadLetterSink {
  readonly #container: BlobContainer;
  readonly #group: GroupName;
  readonly #replayLog: ReplayLog;

  constructor(container: BlobContainer, group: GroupName) {
    this.#container = container;
    this.#group = group;
    this.#replayLog = new ReplayLog(container, group);
  }

  /** Creates the container when it is missing and the credentials permit it. */
  async put(letter: DeadLetter, signal: AbortSignal): Promise<void> {
    const name = letterBlobName(this.#group, idOfEvent(letter.partitionId, letter.event));
    const content = encodeLetter(letter, this.#group);
    const options = { metadata: metadataOf(letter), contentType: 'application/json' };
    try {
      await this.#container.put(name, content, options, signal);
    } catch (thrown) {
      if (!isContainerMissing(thrown)) throw thrown;
      try {
        await this.#container.createIfMissing(signal);
      } catch {
        // Not permitted: that the container is missing is what a person can act on.
        throw thrown;
      }
      await this.#container.put(name, content, options, signal);
    }
  }

  /** Every letter of the consumer group, by partition, sequence number and time. None when there is no container yet. */
  list(signal: AbortSignal): AsyncGenerator<DeadLetterEntry> {
    return this.#entries(groupPrefix(this.#group), signal);
  }

  /** The letters of one position: more than one where the hub was re-created, or where version 1 left one. */
  async at(partitionId: string, sequenceNumber: number, signal: AbortSignal): Promise<DeadLetterEntry[]> {
    const prefix = positionPrefix(this.#group, { partitionId, sequenceNumber });
    return Array.fromAsync(this.#entries(prefix, signal));
  }

  /** The whole letter; undefined: there is none of this id. Throws EHW_RECORD_INVALID for a blob that is no letter. */
  async read(id: DeadLetterId, signal: AbortSignal): Promise<DeadLetter | undefined> {
    const name = letterBlobName(this.#group, id);
    const content = await this.#container.readContent(name, signal, maxLetterBytes);
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

  /** The event of a listed letter, without a request where the listing brought it. Else as `read`. */
  async readEvent(entry: DeadLetterEntry, signal: AbortSignal): Promise<ReceivedEvent | undefined> {
    const { message, sequenceNumber, enqueuedAtMs } = entry;
    if (message === undefined || enqueuedAtMs === undefined) return (await this.read(entry, signal))?.event;
    return letterEvent(Buffer.from(message, 'base64'), { sequenceNumber, enqueuedAtMs });
  }

  /** Writes down that these events were handled or sent again. One that was written again since it was listed stays pending. */
  async markReplayed(
    entries: readonly DeadLetterEntry[],
    replayedAtMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const versions = entries.map((entry) => ({ name: letterBlobName(this.#group, entry), etag: entry.etag }));
    await this.#replayLog.mark(versions, replayedAtMs, signal);
  }

  async *#entries(prefix: string, signal: AbortSignal): AsyncGenerator<DeadLetterEntry> {
    try {
      const replayedAtMs = await this.#replayLog.read(signal);
      for await (const { blobs } of this.#container.pages(prefix, signal, listPageSize)) {
        for (const blob of blobs) {
          const id = idOfBlobName(this.#group, blob.name);
          const entry = id === undefined ? undefined : entryOf(id, blob, replayedAtMs.get(versionKey(blob)));
          if (entry !== undefined) yield entry;
        }
      }
    } catch (thrown) {
      if (!isContainerMissing(thrown)) throw thrown;
    }
  }
}

function entryOf(
  id: DeadLetterId,
  { metadata, etag, sizeBytes }: FoundBlob,
  replayedAtMs: number | undefined,
): DeadLetterEntry | undefined {
  const reason = deadLetterReasons.find((known) => known === metadata['reason']);
  if (reason === undefined) return undefined;
  return {
    ...id,
    reason,
    error: decodeText(metadata['error'] ?? ''),
    attempts: Number(metadata['attempts'] ?? 0),
    deadLetteredAtMs: Number(metadata['deadletteredatms'] ?? 0),
    // Version 1 marked each letter in its metadata.
    replayedAtMs: replayedAtMs ?? numberOf(metadata['replayedatms']),
    sizeBytes,
    etag,
    message: metadata['message'],
  };
}

function metadataOf(letter: DeadLetter): Record<string, string> {
  const { encoded } = letter.event.message;
  return {
    reason: letter.reason,
    attempts: String(letter.attempts),
    deadletteredatms: String(letter.deadLetteredAtMs),
    // Metadata travels in HTTP headers: ASCII only. A character cut in half becomes a replacement mark.
    error: encodeURIComponent(errorText(letter).slice(0, maxErrorCharacters).toWellFormed()),
    ...(encoded.byteLength > maxInlineBytes || encoded.byteLength === 0
      ? {}
      : { message: Buffer.from(encoded).toString('base64') }),
  };
}

function isContainerMissing(thrown: unknown): boolean {
  return thrown instanceof WorkerError && thrown.code === 'EHW_CONTAINER_NOT_FOUND';
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function decodeText(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
