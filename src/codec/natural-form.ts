/** Values as JavaScript holds them best; see AmqpValue for what each type becomes. */
import type { Buffer } from 'node:buffer';
import { AmqpDecimal } from './amqp-decimal.ts';
import type { AmqpValue } from './amqp-value.ts';
import { CodecError } from './codec-error.ts';
import { Described } from './described.ts';
import { boolAt, charAt, textAt, uuidAt } from './scalars.ts';
import { uint32At } from './skip-value.ts';
import type { ValueForm } from './value-reader.ts';

const MAX_DATE_MS = 8_640_000_000_000_000;

export const naturalForm: ValueForm<AmqpValue> = {
  scalar: naturalScalar,
  list: (items) => items,
  map: recordOrMap,
  array(_constructor, descriptors, items) {
    if (descriptors.length === 0) return items;
    return items.map((item) =>
      descriptors.reduceRight<AmqpValue>((value, descriptor) => new Described(descriptor, value), item),
    );
  },
  described: (descriptor, value) => new Described(descriptor, value),
};

/** Throws CodecError. */
export function naturalScalar(
  constructor: number,
  bytes: Buffer,
  from: number,
  to: number,
): AmqpValue | undefined {
  switch (constructor) {
    case 0x40: // null
      return null;
    case 0x41: // true
      return true;
    case 0x42: // false
      return false;
    case 0x43: // uint0
    case 0x44: // ulong0
      return 0;
    case 0x50: // ubyte
    case 0x52: // smalluint
    case 0x53: // smallulong
      return bytes[from];
    case 0x51: // byte
    case 0x54: // smallint
    case 0x55: // smalllong
      return ((bytes[from] as number) << 24) >> 24;
    case 0x56: // boolean
      return boolAt(bytes, from);
    case 0x60: // ushort
      return bytes.readUInt16BE(from);
    case 0x61: // short
      return bytes.readInt16BE(from);
    case 0x70: // uint
      return uint32At(bytes, from);
    case 0x71: // int
      return bytes.readInt32BE(from);
    case 0x72: // float
      return bytes.readFloatBE(from);
    case 0x73: // char
      return charAt(bytes, from);
    case 0x80: // ulong
      return wholeNumber(bytes, from, uint32At(bytes, from), false);
    case 0x81: // long
      return wholeNumber(bytes, from, bytes.readInt32BE(from), true);
    case 0x82: // double
      return bytes.readDoubleBE(from);
    case 0x83: // timestamp
      return dateAt(bytes, from);
    case 0x74: // decimal32
    case 0x84: // decimal64
    case 0x94: // decimal128
      return new AmqpDecimal(bytes.subarray(from, to));
    case 0x98: // uuid
      return uuidAt(bytes, from);
    case 0xa0: // binary
    case 0xb0:
      return bytes.subarray(from, to);
    case 0xa1: // string
    case 0xa3: // symbol
    case 0xb1:
    case 0xb3:
      return textAt(bytes, from, to);
    default:
      return undefined;
  }
}

/** Eight bytes: a number where it is exact, else a bigint. */
function wholeNumber(bytes: Buffer, at: number, high: number, isSigned: boolean): number | bigint {
  const number = high * 0x1_0000_0000 + uint32At(bytes, at + 4);
  if (Number.isSafeInteger(number)) return number;
  return isSigned ? bytes.readBigInt64BE(at) : bytes.readBigUInt64BE(at);
}

function dateAt(bytes: Buffer, at: number): Date | bigint {
  // Two halves: a BigInt would cost an allocation. The sum is exact as far as a Date reaches.
  const ms = bytes.readInt32BE(at) * 0x1_0000_0000 + uint32At(bytes, at + 4);
  return ms <= MAX_DATE_MS && ms >= -MAX_DATE_MS ? new Date(ms) : bytes.readBigInt64BE(at);
}

function recordOrMap(items: readonly AmqpValue[], at: number): AmqpValue {
  for (let index = 0; index < items.length; index += 2) {
    if (typeof items[index] !== 'string') return mapOf(items, at);
  }
  const record = newRecord();
  for (let index = 0; index < items.length; index += 2) {
    setOnce(record, items[index] as string, items[index + 1] as AmqpValue, at);
  }
  return record;
}

function mapOf(items: readonly AmqpValue[], at: number): ReadonlyMap<AmqpValue, AmqpValue> {
  const map = new Map<AmqpValue, AmqpValue>();
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index] as AmqpValue;
    if (map.has(key)) throw new CodecError('a map has the same key twice', at);
    map.set(key, items[index + 1] as AmqpValue);
  }
  return map;
}

/** Without a prototype, so that no name means anything but itself. */
export function newRecord(): Record<string, AmqpValue> {
  return Object.create(null) as Record<string, AmqpValue>;
}

/** Throws CodecError when the name is taken. */
export function setOnce(record: Record<string, AmqpValue>, name: string, value: AmqpValue, at: number): void {
  if (name in record) throw new CodecError(`a map has the key ${JSON.stringify(name)} twice`, at);
  record[name] = value;
}
