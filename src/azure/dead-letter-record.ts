// A dead letter as JSON and back. The message is kept whole, byte for byte; beside it stands a view for whoever opens the blob
// by hand, which nothing reads back.

import { Buffer } from 'node:buffer';
import { reasonOf } from '../engine/errors.ts';
import { deadLetterReasons } from '../engine/event-outcome.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import type { DeadLetter } from '../engine/ports.ts';
import { versionOneEvent } from './dead-letter-version-one.ts';
import { letterEvent } from './letter-event.ts';
import { readableMessage } from './readable-message.ts';
import { isRecord, numberOf, optionalText, textOf } from './record-field.ts';

const formatVersion = 2;
/** What a handler throws may be of any length. */
const maxErrorCharacters = 32_768;
/** A section's lossless form takes up to forty times its encoding: what is larger is read with `dead-letters show`. */
const maxViewedBytes = 16_384;

/** What of the letter belongs to the store: where it came from, for whoever opens the blob by hand. */
export interface DeadLetterOrigin {
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

export function encodeLetter(letter: DeadLetter, origin: DeadLetterOrigin): Buffer {
  const { sequenceNumber, offset, enqueuedAtMs, partitionKey, message } = letter.event;
  const { encoded } = message;
  const record = {
    version: formatVersion,
    ...origin,
    partitionId: letter.partitionId,
    sequenceNumber,
    offset,
    partitionKey,
    enqueuedAt: isoTime(enqueuedAtMs),
    enqueuedAtMs,
    reason: letter.reason,
    error: errorText(letter).slice(0, maxErrorCharacters),
    attempts: letter.attempts,
    workerId: letter.workerId,
    deadLetteredAt: isoTime(letter.deadLetteredAtMs),
    deadLetteredAtMs: letter.deadLetteredAtMs,
    view: readableMessage(encoded, maxViewedBytes),
    message: Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/** A handler in plain JavaScript gives what it likes, and a letter that cannot be written holds its key for ever. */
export function errorText({ error }: { readonly error: unknown }): string {
  return typeof error === 'string' ? error : reasonOf(error);
}

/** Throws a TypeError or a SyntaxError that says what is wrong when the text is no letter. */
export function decodeLetter(text: string): DeadLetter {
  const record: unknown = JSON.parse(text);
  if (!isRecord(record)) throw new TypeError('it is no JSON object');
  const reason = deadLetterReasons.find((name) => name === record['reason']);
  if (reason === undefined) throw new TypeError('reason is unknown');
  return {
    partitionId: textOf(record, 'partitionId'),
    reason,
    error: textOf(record, 'error'),
    attempts: numberOf(record, 'attempts'),
    deadLetteredAtMs: numberOf(record, 'deadLetteredAtMs'),
    workerId: textOf(record, 'workerId'),
    event: eventOf(record),
  };
}

function eventOf(record: Record<string, unknown>): ReceivedEvent {
  switch (record['version']) {
    case 1:
      return versionOneEvent(record);
    case formatVersion:
      return letterEvent(bytesOf(record, 'message'), {
        sequenceNumber: numberOf(record, 'sequenceNumber'),
        // JSON has no NaN: an event whose time the broker did not tell.
        enqueuedAtMs: record['enqueuedAtMs'] === null ? Number.NaN : numberOf(record, 'enqueuedAtMs'),
        offset: textOf(record, 'offset'),
        partitionKey: optionalText(record, 'partitionKey'),
      });
    default:
      throw new TypeError(`version is ${JSON.stringify(record['version'])}, not 1 or ${formatVersion}`);
  }
}

/** Strict: a letter that was cut or edited must not become another message. */
function bytesOf(record: Record<string, unknown>, field: string): Buffer {
  const text = textOf(record, field);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new TypeError(`${field} is no base64`);
  return bytes;
}

/** Times outside what a Date can say (an event without an enqueued time) have no text. */
function isoTime(ms: number): string | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
