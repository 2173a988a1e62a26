/**
 * Turns a message as a publisher sent it into the bytes that every consumer will get: encoded once, at send.
 * Honoured: header, properties, application properties, body and footer are kept byte for byte, whatever is in them: only the
 *   sections must be walkable and the annotations a map (what no client can read is stored too); message annotations are
 *   kept and completed with x-opt-sequence-number (long), x-opt-offset (string), x-opt-enqueued-time (timestamp) and,
 *   when the batch names one, x-opt-partition-key; annotations of those names sent by the publisher are replaced (a
 *   forwarded event gets a new position); delivery annotations go on to consumers although they are for one hop (AMQP 1.0
 *   3.2.2), wherever in the message they stood: the service's own tests expect them.
 *   The annotations of an idempotent publisher are passed on (producer-numbers.ts reads them).
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide ; @azure/event-hubs 6.0.4
 *   dist/esm/eventData.js fromRheaMessage, eventDataBatch.js _generateBatch; go azeventhubs event_data.go; azure-eventhub
 *   5.15.1 tests/livetest/synctests/test_send.py test_send_amqp_annotated_message.
 */
import { MAX_OFFSET_BYTES, offsetText } from '../log/offset.ts';
import type { LogRecord, Position } from '../log/log-record.ts';
import { BATCH_FORMAT, readBatch } from '../../codec/batch.ts';
import { CodecError } from '../../codec/codec-error.ts';
import { encodeTyped } from '../../codec/typed-encoder.ts';
import { MapItems, textOf } from '../../codec/names-and-values.ts';
import { SectionCursor, section } from '../../codec/section.ts';
import { skipValue } from '../../codec/skip-value.ts';
import { whyUnreadable } from '../../codec/why-unreadable.ts';

const NOTHING = Buffer.alloc(0);
const PARTITION_KEY = 'x-opt-partition-key';
const ASSIGNED = new Set(['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time', 'x-opt-publisher']);

const SEQUENCE_NUMBER_BYTES = symbol('x-opt-sequence-number');
const OFFSET_BYTES = symbol('x-opt-offset');
const ENQUEUED_TIME_BYTES = symbol('x-opt-enqueued-time');
const PARTITION_KEY_BYTES = symbol(PARTITION_KEY);
const PUBLISHER_BYTES = symbol('x-opt-publisher');

/** Symbols, constructors, two 8-byte numbers and the offset's text. */
const ASSIGNED_MAX_BYTES =
  SEQUENCE_NUMBER_BYTES.length +
  OFFSET_BYTES.length +
  ENQUEUED_TIME_BYTES.length +
  9 +
  9 +
  2 +
  MAX_OFFSET_BYTES;
/** Section descriptor, map32 constructor, size and count. */
const ANNOTATIONS_HEAD_BYTES = 3 + 1 + 4 + 4;

/** What one transfer carries. */
export interface IncomingMessage {
  readonly events: readonly EncodedEvent[];
  /** Decides the partition when the link names none. */
  readonly partitionKey: string | undefined;
}

/** An event waiting for its position. It refers to the publisher's bytes, so append it before they are reused. */
export class EncodedEvent implements LogRecord {
  readonly headerBytes: number;
  readonly maxBytes: number;
  readonly #header: Buffer;
  readonly #deliveryAnnotations: Buffer;
  readonly #annotations: Buffer;
  readonly #annotationCount: number;
  readonly #rest: Buffer;

  constructor({ header, deliveryAnnotations, annotations, rest }: Parts) {
    this.#header = header;
    this.#deliveryAnnotations = deliveryAnnotations;
    this.#annotations = annotations.bytes;
    this.#annotationCount = annotations.count;
    this.#rest = rest;
    this.headerBytes = header.length;
    this.maxBytes =
      header.length +
      deliveryAnnotations.length +
      ANNOTATIONS_HEAD_BYTES +
      annotations.bytes.length +
      ASSIGNED_MAX_BYTES +
      rest.length;
  }

  write(target: Buffer, start: number, position: Position): number {
    let at = start + this.#header.copy(target, start);
    at += this.#deliveryAnnotations.copy(target, at);
    at = target.writeUInt8(0x00, at);
    at = target.writeUInt8(0x53, at);
    at = target.writeUInt8(section.messageAnnotations, at);
    at = target.writeUInt8(0xd1, at);
    const size = at;
    at = target.writeUInt32BE(this.#annotationCount + 6, at + 4);
    at += this.#annotations.copy(target, at);
    at += SEQUENCE_NUMBER_BYTES.copy(target, at);
    at = writeLong(target, at, 0x81, position.sequenceNumber);
    at += OFFSET_BYTES.copy(target, at);
    const offset = offsetText(position);
    at = target.writeUInt8(0xa1, at);
    at = target.writeUInt8(offset.length, at);
    at += target.write(offset, at, 'latin1');
    at += ENQUEUED_TIME_BYTES.copy(target, at);
    at = writeLong(target, at, 0x83, position.enqueuedAtMs);
    target.writeUInt32BE(at - size - 4, size);
    return at + this.#rest.copy(target, at);
  }
}

/**
 * Reads one transfer's payload. Throws CodecError when it is malformed. A publisher named by the link's address is every
 * event's partition key, and the service tells consumers of it.
 */
export function readIncoming(bytes: Buffer, format: number, publisher?: string): IncomingMessage {
  const outer = readParts(bytes, 0, bytes.length);
  if (format !== BATCH_FORMAT) {
    return { events: [eventOf(outer, publisher, publisher)], partitionKey: outer.annotations.partitionKey };
  }
  const batchKey = outer.annotations.partitionKey;
  const events: EncodedEvent[] = [];
  let partitionKey = batchKey;
  for (const [from, to] of readBatch(bytes)) {
    const inner = readParts(bytes, from, to);
    if (events.length === 0) partitionKey ??= inner.annotations.partitionKey;
    events.push(eventOf(inner, batchKey ?? publisher, publisher));
  }
  if (events.length === 0) throw new CodecError('the batch holds no events', 0);
  return { events, partitionKey };
}

/**
 * Throws CodecError when not everything of a transfer's events can be read: what no client could read, a strict hub refuses.
 * What the service does is not known; it is not known to look into bodies.
 */
export function checkReadable(bytes: Buffer, format: number): void {
  const ranges = format === BATCH_FORMAT ? readBatch(bytes) : [[0, bytes.length] as const];
  for (const [from, to] of ranges) {
    const why = whyUnreadable(bytes, from, to);
    if (why !== undefined) throw new CodecError(why, from);
  }
}

/** A message's sections by what happens to them. */
interface Parts {
  readonly header: Buffer;
  readonly deliveryAnnotations: Buffer;
  readonly annotations: Annotations;
  readonly rest: Buffer;
}

function readParts(bytes: Buffer, from: number, to: number): Parts {
  if (from === to) throw new CodecError('the message is empty', from);
  let header: Buffer = NOTHING;
  let deliveryAnnotations: Buffer = NOTHING;
  let annotations = noAnnotations;
  let rest: Buffer = NOTHING;
  let restFrom = from;
  const cursor = new SectionCursor(bytes, from, to);
  // Nearly always the rest is one piece, from the first other section to the end.
  while (cursor.advance()) {
    const { code, start, value, next } = cursor;
    if (
      code !== section.header &&
      code !== section.deliveryAnnotations &&
      code !== section.messageAnnotations
    ) {
      continue;
    }
    rest = joined(rest, bytes.subarray(restFrom, start));
    restFrom = next;
    const whole = bytes.subarray(start, next);
    if (code === section.header) header = joined(header, whole);
    else if (code === section.deliveryAnnotations) deliveryAnnotations = joined(deliveryAnnotations, whole);
    else annotations = keptAnnotations(bytes, value, next, annotations);
  }
  return { header, deliveryAnnotations, annotations, rest: joined(rest, bytes.subarray(restFrom, to)) };
}

function eventOf(parts: Parts, batchKey: string | undefined, publisher: string | undefined): EncodedEvent {
  const { annotations } = parts;
  const added: Buffer[] = [];
  if (batchKey !== undefined && !annotations.hasPartitionKey) added.push(PARTITION_KEY_BYTES, text(batchKey));
  if (publisher !== undefined) added.push(PUBLISHER_BYTES, text(publisher));
  const bytes = added.length === 0 ? annotations.bytes : Buffer.concat([annotations.bytes, ...added]);
  return new EncodedEvent({
    ...parts,
    annotations: { ...annotations, bytes, count: annotations.count + added.length },
  });
}

/** The publisher's annotations without those that the service assigns. */
interface Annotations {
  /** Keys and values, and how many they are together. */
  readonly bytes: Buffer;
  readonly count: number;
  readonly hasPartitionKey: boolean;
  /** Undefined also where the key is no text. */
  readonly partitionKey: string | undefined;
}

const noAnnotations: Annotations = {
  bytes: NOTHING,
  count: 0,
  hasPartitionKey: false,
  partitionKey: undefined,
};

function keptAnnotations(bytes: Buffer, value: number, end: number, before: Annotations): Annotations {
  const items = new MapItems(bytes, value, end);
  let { bytes: kept, count, hasPartitionKey, partitionKey } = before;
  let keptFrom = items.at;
  let at = items.at;
  for (let left = items.count; left > 0; left -= 2) {
    const valueAt = skipValue(bytes, at, end);
    const next = skipValue(bytes, valueAt, end);
    const name = textOf(bytes, at, valueAt);
    if (name === PARTITION_KEY) {
      hasPartitionKey = true;
      partitionKey ??= textOf(bytes, valueAt, next);
    }
    if (name !== undefined && ASSIGNED.has(name)) {
      kept = joined(kept, bytes.subarray(keptFrom, at));
      keptFrom = next;
    } else count += 2;
    at = next;
  }
  if (at !== end) throw new CodecError('bytes are left behind the last annotation', at);
  return { bytes: joined(kept, bytes.subarray(keptFrom, end)), count, hasPartitionKey, partitionKey };
}

/** Copies only where both hold something. */
function joined(first: Buffer, second: Buffer): Buffer {
  if (first.length === 0) return second;
  return second.length === 0 ? first : Buffer.concat([first, second]);
}

/** A long (0x81) or timestamp (0x83). Two 32-bit halves: BigInt would cost an allocation per event. */
function writeLong(target: Buffer, at: number, constructor: number, value: number): number {
  target.writeUInt8(constructor, at);
  target.writeInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
  return target.writeUInt32BE(value >>> 0, at + 5);
}

function symbol(name: string): Buffer {
  return encodeTyped({ type: 'symbol', value: name });
}

function text(value: string): Buffer {
  return encodeTyped({ type: 'string', value });
}
