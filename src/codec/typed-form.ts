/** Decodes values into their lossless form. */
import type { Buffer } from 'node:buffer';
import { boolAt, charAt, textAt, uuidAt } from './scalars.ts';
import { uint32At } from './skip-value.ts';
import { typeNameOf } from './type-name.ts';
import type { TypedEntry, TypedItem, TypedValue } from './typed-value.ts';
import type { ValueForm } from './value-reader.ts';

export const typedForm: ValueForm<TypedValue> = {
  scalar: typedScalar,
  list: (value) => ({ type: 'list', value }),
  map: (items) => ({ type: 'map', value: entriesOf(items) }),
  array: (constructor, descriptors, items) => ({
    type: 'array',
    of: typeNameOf(constructor, 0),
    ...(descriptors.length > 0 && { descriptors }),
    value: items.map(itemOf),
  }),
  described: (descriptor, value) => ({ type: 'described', descriptor, value }),
};

function typedScalar(constructor: number, bytes: Buffer, from: number, to: number): TypedValue | undefined {
  switch (constructor) {
    case 0x40:
      return { type: 'null' };
    case 0x41:
      return { type: 'boolean', value: true };
    case 0x42:
      return { type: 'boolean', value: false };
    case 0x56:
      return { type: 'boolean', value: boolAt(bytes, from) };
    case 0x43:
      return { type: 'uint', value: '0' };
    case 0x44:
      return { type: 'ulong', value: '0' };
    case 0x50:
      return { type: 'ubyte', value: String(bytes[from]) };
    case 0x51:
      return { type: 'byte', value: String(bytes.readInt8(from)) };
    case 0x52:
      return { type: 'uint', value: String(bytes[from]) };
    case 0x53:
      return { type: 'ulong', value: String(bytes[from]) };
    case 0x54:
      return { type: 'int', value: String(bytes.readInt8(from)) };
    case 0x55:
      return { type: 'long', value: String(bytes.readInt8(from)) };
    case 0x60:
      return { type: 'ushort', value: String(bytes.readUInt16BE(from)) };
    case 0x61:
      return { type: 'short', value: String(bytes.readInt16BE(from)) };
    case 0x70:
      return { type: 'uint', value: String(uint32At(bytes, from)) };
    case 0x71:
      return { type: 'int', value: String(bytes.readInt32BE(from)) };
    case 0x72:
      return { type: 'float', value: numberText(bytes.readFloatBE(from), '7fc00000', bytes, from, to) };
    case 0x73:
      return { type: 'char', value: charAt(bytes, from) };
    case 0x74:
      return { type: 'decimal32', value: bytes.toString('hex', from, to) };
    case 0x80:
      return { type: 'ulong', value: String(bytes.readBigUInt64BE(from)) };
    case 0x81:
      return { type: 'long', value: String(bytes.readBigInt64BE(from)) };
    case 0x82:
      return {
        type: 'double',
        value: numberText(bytes.readDoubleBE(from), '7ff8000000000000', bytes, from, to),
      };
    case 0x83:
      return { type: 'timestamp', value: String(bytes.readBigInt64BE(from)) };
    case 0x84:
      return { type: 'decimal64', value: bytes.toString('hex', from, to) };
    case 0x94:
      return { type: 'decimal128', value: bytes.toString('hex', from, to) };
    case 0x98:
      return { type: 'uuid', value: uuidAt(bytes, from) };
    case 0xa0:
    case 0xb0:
      return { type: 'binary', value: bytes.toString('base64', from, to) };
    case 0xa1:
    case 0xb1:
      return { type: 'string', value: textAt(bytes, from, to) };
    case 0xa3:
    case 0xb3:
      return { type: 'symbol', value: textAt(bytes, from, to) };
    default:
      return undefined;
  }
}

function numberText(number: number, usualNan: string, bytes: Buffer, from: number, to: number): string {
  if (Object.is(number, -0)) return '-0';
  if (!Number.isNaN(number)) return String(number);
  const bits = bytes.toString('hex', from, to);
  return bits === usualNan ? 'NaN' : `NaN:${bits}`;
}

export function entriesOf(items: readonly TypedValue[]): TypedEntry[] {
  const entries: TypedEntry[] = [];
  for (let index = 0; index < items.length; index += 2) {
    entries.push([items[index] as TypedValue, items[index + 1] as TypedValue]);
  }
  return entries;
}

function itemOf(item: TypedValue): TypedItem {
  if (item.type === 'null') return null;
  if (item.type !== 'array') return item.value as TypedItem;
  const { of, descriptors, value } = item;
  return { of, ...(descriptors !== undefined && { descriptors }), value };
}
