/** Values of JavaScript in the AMQP types that hold them: for what we send ourselves. */
import { Buffer } from 'node:buffer';
import { AmqpDecimal } from './amqp-decimal.ts';
import { Described } from './described.ts';
import { defaultLimits } from './limits.ts';
import type { TypedEntry, TypedValue } from './typed-value.ts';

const decimalTypes = { 4: 'decimal32', 8: 'decimal64', 16: 'decimal128' } as const;

/**
 * Whole numbers become int, or long where an int is too small (ulong beyond a long); other numbers double; text string;
 * Date timestamp; bytes binary; arrays list; Map and plain objects map; undefined null.
 * Throws TypeError for anything else.
 */
export function typedOf(value: unknown, depth = 0): TypedValue {
  if (depth > defaultLimits.maxDepth) {
    throw new TypeError(`values lie more than ${defaultLimits.maxDepth} deep within each other`);
  }
  switch (typeof value) {
    case 'undefined':
      return { type: 'null' };
    case 'boolean':
      return { type: 'boolean', value };
    case 'string':
      return { type: 'string', value };
    case 'number':
      return typedNumber(value);
    case 'bigint':
      return typedBigInt(value);
    case 'object':
      return value === null ? { type: 'null' } : typedObject(value, depth);
    default:
      throw new TypeError(`a ${typeof value} has no AMQP type`);
  }
}

function typedNumber(value: number): TypedValue {
  if (Object.is(value, -0)) return { type: 'double', value: '-0' };
  const text = String(value);
  if (!Number.isSafeInteger(value)) return { type: 'double', value: text };
  return { type: value === (value | 0) ? 'int' : 'long', value: text };
}

function typedBigInt(value: bigint): TypedValue {
  if (BigInt.asIntN(64, value) === value) return { type: 'long', value: String(value) };
  if (BigInt.asUintN(64, value) === value) return { type: 'ulong', value: String(value) };
  throw new TypeError(`${value} does not fit into 64 bits`);
}

function typedObject(value: object, depth: number): TypedValue {
  if (value instanceof Uint8Array) return { type: 'binary', value: base64Of(value) };
  if (value instanceof Date) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw new TypeError('an invalid Date has no AMQP value');
    return { type: 'timestamp', value: String(ms) };
  }
  if (value instanceof AmqpDecimal) {
    const type = decimalTypes[value.bits.length as keyof typeof decimalTypes];
    return { type, value: Buffer.from(value.bits).toString('hex') };
  }
  if (value instanceof Described) {
    const inner = typedOf(value.value, depth + 1);
    return { type: 'described', descriptor: typedDescriptor(value.descriptor, depth + 1), value: inner };
  }
  if (Array.isArray(value)) return { type: 'list', value: value.map((item) => typedOf(item, depth + 1)) };
  const entries: readonly (readonly [unknown, unknown])[] =
    value instanceof Map ? [...value] : Object.entries(value);
  const typed = ([key, item]: readonly [unknown, unknown]): TypedEntry => [
    typedOf(key, depth + 1),
    typedOf(item, depth + 1),
  ];
  return { type: 'map', value: entries.map(typed) };
}

/** A text that describes is a symbol, a number a ulong (AMQP 1.0 part 1.3). */
function typedDescriptor(descriptor: unknown, depth: number): TypedValue {
  if (typeof descriptor === 'string') return { type: 'symbol', value: descriptor };
  if (typeof descriptor === 'number' || typeof descriptor === 'bigint') {
    return { type: 'ulong', value: String(descriptor) };
  }
  return typedOf(descriptor, depth);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
