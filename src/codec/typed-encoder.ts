/** Writes values given in their lossless form. What the form does not allow is a TypeError that says so. */
import { Buffer } from 'node:buffer';
import { defaultLimits } from './limits.ts';
import type { TypedArray, TypedEntry, TypedItem, TypedValue } from './typed-value.ts';
import { ValueWriter } from './value-writer.ts';

/** Throws TypeError. */
export function encodeTyped(value: TypedValue): Buffer {
  const writer = new ValueWriter();
  writeTyped(writer, value);
  return writer.written;
}

/** Throws TypeError. */
export function writeTyped(writer: ValueWriter, typed: TypedValue, depth = 0): void {
  if (depth > defaultLimits.maxDepth) {
    throw new TypeError(`values lie more than ${defaultLimits.maxDepth} deep within each other`);
  }
  switch (typed.type) {
    case 'null':
      return writer.null();
    case 'boolean':
      return writer.boolean(typed.value);
    case 'list':
      return writer.list(typed.value.length, () => {
        for (const item of typed.value) writeTyped(writer, item, depth + 1);
      });
    case 'map':
      return writer.map(typed.value.length * 2, () => writeEntries(writer, typed.value, depth + 1));
    case 'array':
      return writer.array(typed.value.length, () => writeItems(writer, typed, depth + 1));
    case 'described':
      writer.byte(0x00);
      writeTyped(writer, typed.descriptor, depth + 1);
      return writeTyped(writer, typed.value, depth + 1);
    case 'uint':
      return writer.uint(Number(integer(typed.type, typed.value)));
    case 'int':
      return writer.int(Number(integer(typed.type, typed.value)));
    case 'ulong':
      return writer.ulong(integer(typed.type, typed.value));
    case 'long':
      return writer.long(integer(typed.type, typed.value));
    case 'string':
      return writer.string(typed.value);
    case 'symbol':
      return writer.symbol(typed.value);
    case 'binary':
      return writer.binary(Buffer.from(typed.value, 'base64'));
    default: {
      const { constructor, payload } = fixedPayload(typed.type, typed.value);
      writer.byte(constructor);
      writer.raw(payload);
    }
  }
}

export function writeEntries(writer: ValueWriter, entries: readonly TypedEntry[], depth: number): void {
  for (const [key, value] of entries) {
    writeTyped(writer, key, depth);
    writeTyped(writer, value, depth);
  }
}

/** The shared constructor and the items, all in the widest encoding of their type. */
function writeItems(writer: ValueWriter, array: TypedArray, depth: number): void {
  for (const descriptor of array.descriptors ?? []) {
    writer.byte(0x00);
    writeTyped(writer, descriptor, depth);
  }
  writer.byte(itemConstructors[array.of]);
  for (const item of array.value) writeItem(writer, array.of, item, depth);
}

function writeItem(writer: ValueWriter, of: TypedArray['of'], item: TypedItem, depth: number): void {
  switch (of) {
    case 'null':
      return;
    case 'boolean':
      return writer.byte(item === true ? 1 : 0);
    case 'string':
    case 'symbol':
    case 'binary': {
      const bytes = Buffer.from(item as string, of === 'binary' ? 'base64' : 'utf8');
      writer.uint32(bytes.length);
      return writer.raw(bytes);
    }
    case 'list':
      return writeSized(writer, (item as readonly TypedValue[]).length, (inner) => {
        for (const value of item as readonly TypedValue[]) writeTyped(inner, value, depth + 1);
      });
    case 'map':
      return writeSized(writer, (item as readonly TypedEntry[]).length * 2, (inner) =>
        writeEntries(inner, item as readonly TypedEntry[], depth + 1),
      );
    case 'array':
      if (depth > defaultLimits.maxDepth) throw new TypeError('arrays lie too deep within each other');
      return writeSized(writer, (item as TypedArray).value.length, (inner) =>
        writeItems(inner, item as TypedArray, depth + 1),
      );
    default:
      return writer.raw(fixedPayload(of, item as string).payload);
  }
}

function writeSized(writer: ValueWriter, count: number, write: (inner: ValueWriter) => void): void {
  const inner = new ValueWriter();
  write(inner);
  writer.uint32(inner.written.length + 4);
  writer.uint32(count);
  writer.raw(inner.written);
}

const itemConstructors: Readonly<Record<TypedArray['of'], number>> = {
  null: 0x40,
  boolean: 0x56,
  ubyte: 0x50,
  byte: 0x51,
  ushort: 0x60,
  short: 0x61,
  uint: 0x70,
  int: 0x71,
  ulong: 0x80,
  long: 0x81,
  float: 0x72,
  double: 0x82,
  decimal32: 0x74,
  decimal64: 0x84,
  decimal128: 0x94,
  char: 0x73,
  timestamp: 0x83,
  uuid: 0x98,
  binary: 0xb0,
  string: 0xb1,
  symbol: 0xb3,
  list: 0xd0,
  map: 0xd1,
  array: 0xf0,
};

type FixedTypeName = Exclude<
  TypedArray['of'],
  'null' | 'boolean' | 'string' | 'symbol' | 'binary' | 'list' | 'map' | 'array'
>;

function fixedPayload(type: FixedTypeName, text: string): { constructor: number; payload: Buffer } {
  const constructor = itemConstructors[type];
  const payload = Buffer.alloc(widths[type]);
  switch (type) {
    case 'ubyte':
    case 'ushort':
    case 'uint':
      payload.writeUIntBE(Number(integer(type, text)), 0, payload.length);
      break;
    case 'byte':
    case 'short':
    case 'int':
      payload.writeIntBE(Number(integer(type, text)), 0, payload.length);
      break;
    case 'ulong':
      payload.writeBigUInt64BE(integer(type, text));
      break;
    case 'long':
    case 'timestamp':
      payload.writeBigInt64BE(integer(type, text));
      break;
    case 'float':
    case 'double':
      writeNumber(payload, type, text);
      break;
    case 'char':
      payload.writeUInt32BE(codePoint(text));
      break;
    default:
      writeHex(payload, type, text);
  }
  return { constructor, payload };
}

const widths: Readonly<Record<FixedTypeName, number>> = {
  ubyte: 1,
  byte: 1,
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  char: 4,
  decimal32: 4,
  ulong: 8,
  long: 8,
  double: 8,
  timestamp: 8,
  decimal64: 8,
  decimal128: 16,
  uuid: 16,
};

function integer(type: FixedTypeName, text: string): bigint {
  if (!/^-?\d{1,20}$/.test(text)) throw new TypeError(`${type}: ${JSON.stringify(text)} is no whole number`);
  const value = BigInt(text);
  const bits = widths[type] * 8;
  const isUnsigned = type.startsWith('u');
  const fits = isUnsigned ? BigInt.asUintN(bits, value) === value : BigInt.asIntN(bits, value) === value;
  if (!fits) throw new TypeError(`${type}: ${text} does not fit`);
  return value;
}

function writeNumber(payload: Buffer, type: 'float' | 'double', text: string): void {
  if (text.startsWith('NaN:')) return writeHex(payload, type, text.slice(4));
  const value = Number(text);
  if (text.trim() === '' || (Number.isNaN(value) && text !== 'NaN')) {
    throw new TypeError(`${type}: ${JSON.stringify(text)} is no number`);
  }
  if (type === 'float') payload.writeFloatBE(value);
  else payload.writeDoubleBE(value);
}

function writeHex(payload: Buffer, type: FixedTypeName, text: string): void {
  const hex = type === 'uuid' ? text.replaceAll('-', '') : text;
  if (hex.length !== payload.length * 2 || !/^[0-9a-f]*$/i.test(hex)) {
    throw new TypeError(`${type}: ${JSON.stringify(text)} is not ${payload.length} bytes in hex`);
  }
  payload.write(hex, 'hex');
}

function codePoint(text: string): number {
  const code = text.codePointAt(0);
  if (code === undefined || String.fromCodePoint(code) !== text) {
    throw new TypeError(`char: ${JSON.stringify(text)} is not one character`);
  }
  return code;
}
