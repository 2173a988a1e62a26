/**
 * Turns a message as a publisher sent it into the bytes that every consumer will get: encoded once, at send.
 * Honoured: header, properties, application properties, body and footer are kept byte for byte; message annotations are
 *   kept and completed with x-opt-sequence-number (long), x-opt-offset (string), x-opt-enqueued-time (timestamp) and,
 *   when the batch names one, x-opt-partition-key; annotations of those names sent by the publisher are replaced (a
 *   forwarded event gets a new position); delivery annotations are dropped (AMQP 1.0 3.2.2: they are for one hop).
 * Not honoured: the idempotent producer's annotations are passed on, not interpreted.
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide ; @azure/event-hubs 6.0.4
 *   dist/esm/eventData.js fromRheaMessage, eventDataBatch.js _generateBatch; go azeventhubs event_data.go.
 */
import type { LogRecord, Position } from '../log/partition-log.ts';
import { binaryRange, endOfValue, mapItems, section, sectionsOf, textOf } from './section-scanner.ts';
import type { Section } from './section-scanner.ts';

/** The message format of a batch: each data section holds one encoded message (Microsoft's extension). */
export const BATCH_FORMAT = 0x80013700;

const PARTITION_KEY = 'x-opt-partition-key';
const ASSIGNED = new Set(['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time']);

const SEQUENCE_NUMBER_BYTES = symbol('x-opt-sequence-number');
const OFFSET_BYTES = symbol('x-opt-offset');
const ENQUEUED_TIME_BYTES = symbol('x-opt-enqueued-time');
const PARTITION_KEY_BYTES = symbol(PARTITION_KEY);

/** Symbols, constructors, two 8-byte numbers and the offset's at most 16 digits. */
const ASSIGNED_MAX_BYTES =
  SEQUENCE_NUMBER_BYTES.length + OFFSET_BYTES.length + ENQUEUED_TIME_BYTES.length + 9 + 9 + 2 + 20;
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
  readonly #annotations: Buffer;
  readonly #annotationCount: number;
  readonly #rest: Buffer;

  constructor(header: Buffer, annotations: Buffer, annotationCount: number, rest: Buffer) {
    this.#header = header;
    this.#annotations = annotations;
    this.#annotationCount = annotationCount;
    this.#rest = rest;
    this.headerBytes = header.length;
    this.maxBytes =
      header.length + ANNOTATIONS_HEAD_BYTES + annotations.length + ASSIGNED_MAX_BYTES + rest.length;
  }

  write(target: Buffer, start: number, position: Position): number {
    let at = start + this.#header.copy(target, start);
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
    const offset = String(position.offset);
    at = target.writeUInt8(0xa1, at);
    at = target.writeUInt8(offset.length, at);
    at += target.write(offset, at, 'latin1');
    at += ENQUEUED_TIME_BYTES.copy(target, at);
    at = writeLong(target, at, 0x83, position.enqueuedAtMs);
    target.writeUInt32BE(at - size - 4, size);
    return at + this.#rest.copy(target, at);
  }
}

/** Reads one transfer's payload. Throws RangeError when it is malformed. */
export function readIncoming(bytes: Buffer, format: number): IncomingMessage {
  const sections = sectionsOf(bytes);
  if (format !== BATCH_FORMAT) {
    const partitionKey = partitionKeyOf(bytes, sections);
    return { events: [eventOf(bytes, sections, undefined)], partitionKey };
  }
  const batchKey = partitionKeyOf(bytes, sections);
  const events: EncodedEvent[] = [];
  let partitionKey = batchKey;
  for (const part of sections) {
    if (part.code !== section.data) continue;
    const [start, end] = binaryRange(bytes, part.value);
    const inner = sectionsOf(bytes, start, end);
    if (events.length === 0) partitionKey ??= partitionKeyOf(bytes, inner);
    events.push(eventOf(bytes, inner, batchKey));
  }
  if (events.length === 0) throw new RangeError('the batch holds no events');
  return { events, partitionKey };
}

function eventOf(bytes: Buffer, sections: readonly Section[], batchKey: string | undefined): EncodedEvent {
  let header = bytes.subarray(0, 0);
  let annotations = header;
  let annotationCount = 0;
  let hasKey = false;
  let restFrom: number | undefined;
  for (const part of sections) {
    if (part.code === section.header) header = bytes.subarray(part.start, part.end);
    else if (part.code === section.messageAnnotations) {
      const kept = keptAnnotations(bytes, part);
      annotations = kept.bytes;
      annotationCount = kept.count;
      hasKey = kept.hasPartitionKey;
    } else if (part.code !== section.deliveryAnnotations) {
      restFrom = part.start;
      break;
    }
  }
  const end = sections.at(-1)?.end;
  if (restFrom === undefined || end === undefined) throw new RangeError('the message has no body');
  if (batchKey !== undefined && !hasKey) {
    annotations = Buffer.concat([annotations, PARTITION_KEY_BYTES, stringValue(batchKey)]);
    annotationCount += 2;
  }
  return new EncodedEvent(header, annotations, annotationCount, bytes.subarray(restFrom, end));
}

interface KeptAnnotations {
  readonly bytes: Buffer;
  readonly count: number;
  readonly hasPartitionKey: boolean;
}

/** The publisher's annotations without those that the service assigns. */
function keptAnnotations(bytes: Buffer, part: Section): KeptAnnotations {
  const { start, count } = mapItems(bytes, part.value);
  const dropped: [number, number][] = [];
  let hasPartitionKey = false;
  let at = start;
  for (let item = 0; item + 1 < count; item += 2) {
    const value = endOfValue(bytes, at);
    const end = endOfValue(bytes, value);
    const name = textOf(bytes, at);
    if (name === PARTITION_KEY) hasPartitionKey = true;
    if (name !== undefined && ASSIGNED.has(name)) dropped.push([at, end]);
    at = end;
  }
  if (at > part.end) throw new RangeError('an annotation reaches beyond its section');
  if (dropped.length === 0) return { bytes: bytes.subarray(start, at), count, hasPartitionKey };
  const kept: Buffer[] = [];
  let from = start;
  for (const [dropStart, dropEnd] of dropped) {
    kept.push(bytes.subarray(from, dropStart));
    from = dropEnd;
  }
  kept.push(bytes.subarray(from, at));
  return { bytes: Buffer.concat(kept), count: count - 2 * dropped.length, hasPartitionKey };
}

function partitionKeyOf(bytes: Buffer, sections: readonly Section[]): string | undefined {
  const annotations = sections.find((part) => part.code === section.messageAnnotations);
  if (annotations === undefined) return undefined;
  const { start, count } = mapItems(bytes, annotations.value);
  let at = start;
  for (let item = 0; item + 1 < count; item += 2) {
    const value = endOfValue(bytes, at);
    if (textOf(bytes, at) === PARTITION_KEY) return textOf(bytes, value);
    at = endOfValue(bytes, value);
  }
  return undefined;
}

/** A long (0x81) or timestamp (0x83). Two 32-bit halves: BigInt would cost an allocation per event. */
function writeLong(target: Buffer, at: number, constructor: number, value: number): number {
  target.writeUInt8(constructor, at);
  target.writeInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
  return target.writeUInt32BE(value >>> 0, at + 5);
}

function symbol(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name, 'latin1')]);
}

function stringValue(text: string): Buffer {
  const utf8 = Buffer.from(text, 'utf8');
  if (utf8.length < 256) return Buffer.concat([Buffer.from([0xa1, utf8.length]), utf8]);
  const head = Buffer.alloc(5);
  head.writeUInt8(0xb1, 0);
  head.writeUInt32BE(utf8.length, 1);
  return Buffer.concat([head, utf8]);
}
