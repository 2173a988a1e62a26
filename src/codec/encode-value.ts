/** Writes values of JavaScript in the AMQP types that hold them: for what we send ourselves. */
import { AmqpDecimal } from './amqp-decimal.ts';
import { Described } from './described.ts';
import { defaultLimits } from './limits.ts';
import { ValueWriter } from './value-writer.ts';

/**
 * Whole numbers become int, or long where an int is too small (ulong beyond a long); other numbers double; text string;
 * Date timestamp; bytes binary; arrays list; Map and plain objects map; undefined null.
 * Throws TypeError for anything else.
 */
export function encodeValue(value: unknown): Uint8Array {
  const writer = new ValueWriter();
  writeValue(writer, value);
  return writer.written;
}

/** Throws TypeError. */
export function writeValue(writer: ValueWriter, value: unknown, depth = 0): void {
  if (depth > defaultLimits.maxDepth) {
    throw new TypeError(`values lie more than ${defaultLimits.maxDepth} deep within each other`);
  }
  switch (typeof value) {
    case 'undefined':
      return writer.null();
    case 'boolean':
      return writer.boolean(value);
    case 'number':
      return writeNumber(writer, value);
    case 'bigint':
      return writeBigInt(writer, value);
    case 'string':
      return writer.string(value);
    case 'object':
      return value === null ? writer.null() : writeObject(writer, value, depth);
    default:
      throw new TypeError(`a ${typeof value} has no AMQP type`);
  }
}

function writeNumber(writer: ValueWriter, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return writer.double(value);
  if (value === (value | 0)) return writer.int(value);
  return writer.long(BigInt(value));
}

function writeBigInt(writer: ValueWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) return writer.long(value);
  if (BigInt.asUintN(64, value) === value) return writer.ulong(value);
  throw new TypeError(`${value} does not fit into 64 bits`);
}

function writeObject(writer: ValueWriter, value: object, depth: number): void {
  if (value instanceof Uint8Array) return writer.binary(value);
  if (value instanceof Date) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw new TypeError('an invalid Date has no AMQP value');
    return writer.timestamp(BigInt(ms));
  }
  if (value instanceof AmqpDecimal) {
    writer.byte({ 4: 0x74, 8: 0x84, 16: 0x94 }[value.bits.length] ?? 0x94);
    return writer.raw(value.bits);
  }
  if (value instanceof Described) {
    writer.byte(0x00);
    // A text that describes is a symbol (AMQP 1.0 part 1.3).
    if (typeof value.descriptor === 'string') writer.symbol(value.descriptor);
    else if (typeof value.descriptor === 'number') writer.ulong(BigInt(value.descriptor));
    else writeValue(writer, value.descriptor, depth + 1);
    return writeValue(writer, value.value, depth + 1);
  }
  if (Array.isArray(value)) {
    return writer.list(value.length, () => {
      for (const item of value) writeValue(writer, item, depth + 1);
    });
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  writer.map(entries.length * 2, () => {
    for (const [key, item] of entries) {
      writeValue(writer, key, depth + 1);
      writeValue(writer, item, depth + 1);
    }
  });
}
