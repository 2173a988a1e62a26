/** The scalars whose bytes may be wrong, or mean the same in every form. */
import { isUtf8 } from 'node:buffer';
import type { Buffer } from 'node:buffer';
import { CodecError, hexByte } from './codec-error.ts';
import { uint32At } from './skip-value.ts';

const REPLACEMENT = '\ufffd';

/**
 * The text of a string or symbol. Bytes that are no UTF-8 are refused: text with replacement characters would be other text.
 * (A symbol is ASCII by the specification, which is UTF-8 too; senders that put more into one mean UTF-8.)
 */
export function textAt(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to);
  // Only text with a replacement character can come from bytes that are no UTF-8; looking for it is cheaper than checking.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(from, to))) {
    throw new CodecError('text is not UTF-8', from);
  }
  return text;
}

export function boolAt(bytes: Buffer, at: number): boolean {
  const byte = bytes[at] as number;
  if (byte > 1) throw new CodecError(`a boolean is ${hexByte(byte)}, neither 0 nor 1`, at);
  return byte === 1;
}

/** One character as text. Surrogates and numbers beyond U+10FFFF are no characters (AMQP 1.0 part 1.6.16: UTF-32BE). */
export function charAt(bytes: Buffer, at: number): string {
  const code = uint32At(bytes, at);
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new CodecError(`a char is 0x${code.toString(16)}, which is no character`, at);
  }
  return String.fromCodePoint(code);
}

/** Canonical text: lower case hex with dashes. */
export function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
