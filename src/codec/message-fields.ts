/** The sections that are lists of fields: header and properties. Source: AMQP 1.0 part 3.2.1 and 3.2.4. */
import type { Buffer } from 'node:buffer';
import type { AmqpValue } from './amqp-value.ts';
import { CodecError } from './codec-error.ts';
import { naturalForm } from './natural-form.ts';
import { uint32At } from './skip-value.ts';
import { ValueReader } from './value-reader.ts';

export interface MessageHeader {
  readonly durable?: boolean;
  readonly priority?: number;
  readonly ttlMs?: number;
  readonly firstAcquirer?: boolean;
  readonly deliveryCount?: number;
}

/** A message id is a ulong, a uuid, binary or a string; a uuid reads as its canonical text. */
export type MessageId = string | number | bigint | Uint8Array;

export interface MessageProperties {
  readonly messageId?: MessageId;
  readonly userId?: Uint8Array;
  readonly to?: string;
  readonly subject?: string;
  readonly replyTo?: string;
  readonly correlationId?: MessageId;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** A Date, or milliseconds beyond what a Date reaches. */
  readonly absoluteExpiryTime?: Date | bigint;
  readonly creationTime?: Date | bigint;
  readonly groupId?: string;
  readonly groupSequence?: number;
  readonly replyToGroupId?: string;
}

type Field = readonly [name: string, types: readonly number[], expected: string];

const boolean = [0x41, 0x42, 0x56];
const uint = [0x43, 0x52, 0x70];
const text = [0xa1, 0xb1, 0xa3, 0xb3];
const binary = [0xa0, 0xb0];
const timestamp = [0x83];
const id = [0x44, 0x53, 0x80, 0x98, 0xa0, 0xb0, 0xa1, 0xb1];

const headerFields: readonly Field[] = [
  ['durable', boolean, 'a boolean'],
  ['priority', [0x50], 'a ubyte'],
  ['ttlMs', uint, 'a uint'],
  ['firstAcquirer', boolean, 'a boolean'],
  ['deliveryCount', uint, 'a uint'],
];

/**
 * Strings and symbols are taken for each other: senders mix them up (content-type is a symbol by the specification), and
 * their text is the same.
 */
const propertyFields: readonly Field[] = [
  ['messageId', id, 'a ulong, uuid, binary or string'],
  ['userId', binary, 'binary'],
  ['to', text, 'text'],
  ['subject', text, 'text'],
  ['replyTo', text, 'text'],
  ['correlationId', id, 'a ulong, uuid, binary or string'],
  ['contentType', text, 'text'],
  ['contentEncoding', text, 'text'],
  ['absoluteExpiryTime', timestamp, 'a timestamp'],
  ['creationTime', timestamp, 'a timestamp'],
  ['groupId', text, 'text'],
  ['groupSequence', uint, 'a uint'],
  ['replyToGroupId', text, 'text'],
];

/** Throws CodecError. */
export function readHeader(bytes: Buffer, at: number, end: number): MessageHeader {
  return readFields(bytes, at, end, headerFields);
}

/** Throws CodecError. */
export function readProperties(bytes: Buffer, at: number, end: number): MessageProperties {
  return readFields(bytes, at, end, propertyFields);
}

function readFields(
  bytes: Buffer,
  at: number,
  end: number,
  fields: readonly Field[],
): Record<string, AmqpValue> {
  const record: Record<string, AmqpValue> = {};
  const { start, count } = listItems(bytes, at, end);
  if (count > fields.length)
    throw new CodecError(`${count} fields where there are at most ${fields.length}`, at);
  const reader = new ValueReader(naturalForm, bytes, start, end);
  for (let index = 0; index < count; index += 1) {
    const [name, types, expected] = fields[index] as Field;
    const constructor = bytes[reader.at] as number;
    if (reader.at < end && constructor === 0x40) {
      reader.at += 1;
      continue;
    }
    if (reader.at < end && !types.includes(constructor)) {
      throw new CodecError(`${name} is not ${expected}`, reader.at);
    }
    record[name] = reader.read();
  }
  if (reader.at !== end) throw new CodecError('bytes are left behind the last field', reader.at);
  return record;
}

/** Where a list's items begin; a null stands for an empty list. */
function listItems(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly start: number; readonly count: number } {
  const constructor = bytes[at];
  if (constructor === 0xc0 && at + 3 <= end) return { start: at + 3, count: bytes[at + 2] as number };
  if (constructor === 0xd0 && at + 9 <= end) return { start: at + 9, count: uint32At(bytes, at + 5) };
  if (constructor === 0x45 || constructor === 0x40) return { start: end, count: 0 };
  throw new CodecError('a list is expected', at);
}
