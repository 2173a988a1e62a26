/** The sections that are maps of names: annotations, application properties, footer. */
import type { Buffer } from 'node:buffer';
import type { AmqpRecord, AmqpValue } from './amqp-value.ts';
import { CodecError } from './codec-error.ts';
import { naturalForm, newRecord, setOnce } from './natural-form.ts';
import { knownName } from './known-names.ts';
import { textAt } from './scalars.ts';
import { isText } from './section.ts';
import { skipValue, uint32At } from './skip-value.ts';
import { ValueReader } from './value-reader.ts';

export const noNames: AmqpRecord = Object.freeze(newRecord());

/** Where a map's keys and values begin, and how many they are together. A null stands for an empty map. */
export class MapItems {
  at: number;
  readonly end: number;
  count: number;

  /** [at, end) is the map's encoding. Throws CodecError. */
  constructor(bytes: Uint8Array, at: number, end: number) {
    const constructor = bytes[at];
    this.end = end;
    if (constructor === 0xc1 && at + 3 <= end) {
      this.at = at + 3;
      this.count = bytes[at + 2] as number;
    } else if (constructor === 0xd1 && at + 9 <= end) {
      this.at = at + 9;
      this.count = uint32At(bytes, at + 5);
    } else if (constructor === 0x40) {
      this.at = end;
      this.count = 0;
    } else throw new CodecError('a map is expected', at);
    if (this.count % 2 === 1) throw new CodecError('a map has a key without a value', at);
    if (this.count > this.end - this.at) {
      throw new CodecError(`a map counts ${this.count} items in ${this.end - this.at} bytes`, at);
    }
  }
}

/** All names and their values. Throws CodecError: names are text (a string or a symbol), each at most once. */
export function readNames(bytes: Buffer, at: number, end: number): AmqpRecord {
  const items = new MapItems(bytes, at, end);
  if (items.count === 0 && items.at === end) return noNames;
  const reader = new ValueReader(naturalForm, bytes, items.at, end);
  const record = newRecord();
  for (let left = items.count; left > 0; left -= 2) {
    const nameAt = reader.at;
    const next = skipValue(bytes, nameAt, end);
    const text = textStart(bytes, nameAt);
    if (text === -1) throw new CodecError('a name is no text', nameAt);
    const name = knownName(bytes, text, next);
    reader.at = next;
    setOnce(record, name, reader.read(), nameAt);
  }
  if (reader.at !== end) throw new CodecError('bytes are left behind the last value of a map', reader.at);
  return record;
}

/** One value, the others stepped over; undefined when there is none of this name. Throws CodecError. */
export function readNamed(bytes: Buffer, at: number, end: number, name: string): AmqpValue | undefined {
  const items = new MapItems(bytes, at, end);
  let position = items.at;
  for (let left = items.count; left > 0; left -= 2) {
    const value = skipValue(bytes, position, end);
    const text = textStart(bytes, position);
    if (text !== -1 && isText(bytes, text, value, name)) {
      return new ValueReader(naturalForm, bytes, value, end).read();
    }
    position = skipValue(bytes, value, end);
  }
  return undefined;
}

/** Where the characters of a string or symbol begin; -1 for any other value. */
export function textStart(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0xa1:
    case 0xa3:
      return at + 2;
    case 0xb1:
    case 0xb3:
      return at + 5;
    default:
      return -1;
  }
}

/** The text of a string or symbol at [at, end), undefined for any other value. Throws CodecError. */
export function textOf(bytes: Buffer, at: number, end: number): string | undefined {
  const text = textStart(bytes, at);
  return text === -1 ? undefined : textAt(bytes, text, end);
}
