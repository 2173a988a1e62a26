// A dead letter as JSON and back, without loss: bytes, dates and 64-bit integers inside properties keep their types, so that
// a replay sends what was received.

import { Buffer } from 'node:buffer';
import { deadLetterReasons } from '../engine/event-outcome.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import { EventView } from '../engine/handling/event-view.ts';
import { plainMessage } from '../engine/plain-message.ts';
import type { DeadLetter } from '../engine/ports.ts';

const formatVersion = 1;

/** What of the letter belongs to the store: where it came from, for whoever opens the blob by hand. */
export interface DeadLetterOrigin {
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

export function encodeLetter(letter: DeadLetter, origin: DeadLetterOrigin): Buffer {
  const { event } = letter;
  const { sequenceNumber, offset, enqueuedAtMs, partitionKey } = event;
  const { body, contentType, messageId, correlationId, properties } = new EventView(
    letter.partitionId,
    event,
  );
  const record = {
    version: formatVersion,
    ...origin,
    partitionId: letter.partitionId,
    sequenceNumber,
    offset,
    partitionKey,
    contentType,
    messageId,
    correlationId,
    enqueuedAt: isoTime(enqueuedAtMs),
    enqueuedAtMs,
    reason: letter.reason,
    error: letter.error,
    attempts: letter.attempts,
    workerId: letter.workerId,
    deadLetteredAt: isoTime(letter.deadLetteredAtMs),
    deadLetteredAtMs: letter.deadLetteredAtMs,
    properties: encodeValue(properties),
    systemProperties: encodeValue(event.message.annotations),
    bodyBase64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/** Throws a TypeError that names the field when the text is no letter. */
export function decodeLetter(text: string): DeadLetter {
  const record: unknown = JSON.parse(text);
  if (!isRecord(record)) throw new TypeError('it is no JSON object');
  if (record['version'] !== formatVersion) {
    throw new TypeError(`version is ${String(record['version'])}, not ${formatVersion}`);
  }
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
  const body = Buffer.from(textOf(record, 'bodyBase64'), 'base64');
  const contentType = optionalText(record, 'contentType');
  const messageId = optionalText(record, 'messageId');
  const correlationId = optionalText(record, 'correlationId');
  return {
    sequenceNumber: numberOf(record, 'sequenceNumber'),
    offset: textOf(record, 'offset'),
    enqueuedAtMs: numberOf(record, 'enqueuedAtMs'),
    partitionKey: optionalText(record, 'partitionKey'),
    sizeBytes: body.byteLength,
    defect: undefined,
    message: plainMessage({
      body,
      annotations: propertiesOf(record, 'systemProperties'),
      applicationProperties: propertiesOf(record, 'properties'),
      properties: {
        ...(contentType === undefined ? {} : { contentType }),
        ...(messageId === undefined ? {} : { messageId }),
        ...(correlationId === undefined ? {} : { correlationId }),
      },
    }),
  };
}

/** JSON's own types stay as they are; others become an object with one key that starts with `$`. */
function encodeValue(value: unknown): unknown {
  if (typeof value === 'bigint') return { $integer: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(encodeValue);
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeValue(inner)]));
  }
  return value;
}

function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeValue);
  if (!isRecord(value)) return value;
  const { $integer, $number, $date, $bytes } = value;
  if (typeof $integer === 'string') return BigInt($integer);
  if (typeof $number === 'string') return Number($number);
  if (typeof $date === 'string') return new Date($date);
  if (typeof $bytes === 'string') return Buffer.from($bytes, 'base64');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decodeValue(inner)]));
}

/** Times outside what a Date can say (an event without an enqueued time) have no text. */
function isoTime(ms: number): string | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}

function textOf(record: Record<string, unknown>, field: string): string {
  const value = record[field];
  if (typeof value !== 'string') throw new TypeError(`${field} is no text`);
  return value;
}

function optionalText(record: Record<string, unknown>, field: string): string | undefined {
  return record[field] === undefined ? undefined : textOf(record, field);
}

function numberOf(record: Record<string, unknown>, field: string): number {
  const value = record[field];
  if (typeof value !== 'number') throw new TypeError(`${field} is no number`);
  return value;
}

function propertiesOf(record: Record<string, unknown>, field: string): Readonly<Record<string, unknown>> {
  const value = decodeValue(record[field] ?? {});
  if (!isRecord(value)) throw new TypeError(`${field} is no object`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
