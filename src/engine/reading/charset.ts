// Bytes as text, in the charset their sender used. A byte order mark is believed before any label and is not part of the text:
// https://encoding.spec.whatwg.org/#decode

import { PermanentError } from '../handling/handler.ts';

const utf8 = new TextDecoder('utf-8');
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * `charset`: what the sender named, if it did. Bytes that the charset does not know become U+FFFD. Without a name UTF-8, but UTF-16
 * where every other of the first four bytes is zero, as only UTF-16 begins (RFC 4627 3): .NET writes it without a mark.
 * Throws PermanentError for a charset nobody knows, unless the bytes are UTF-8 all the same.
 */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  const label = charset?.trim().toLowerCase();
  if (isPlainUtf8(bytes, label)) return utf8.decode(bytes);
  const actual = markedCharset(bytes, label) ?? withByteOrder(bytes, label) ?? zeroPattern(bytes) ?? 'utf-8';
  if (actual === 'utf-32le' || actual === 'utf-32be') return decodeUtf32(bytes, actual === 'utf-32le');
  const decoder = decoderFor(actual);
  if (decoder !== undefined) return decoder.decode(bytes);
  const text = utf8TextOf(bytes);
  if (text !== undefined) return text;
  throw new PermanentError(
    `The body is text in the charset "${charset}", which this worker does not know, and it is not UTF-8 (${bytes.byteLength} bytes): read event.body`,
  );
}

/** The bytes as UTF-8, or undefined when they are not. */
export function utf8TextOf(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Is this a name of a charset? Some senders (IoT Hub's devices) name it as content encoding. */
export function isCharset(name: string): boolean {
  return name === 'utf-16' || name.startsWith('utf-32') || decoderFor(name) !== undefined;
}

/** Nearly every body: one look at its first bytes. */
function isPlainUtf8(bytes: Uint8Array, label: string | undefined): boolean {
  if (label !== undefined && label !== 'utf-8' && label !== 'utf8') return false;
  const first = bytes[0];
  return first !== 0xff && first !== 0xfe && first !== 0 && bytes[1] !== 0;
}

function markedCharset(bytes: Uint8Array, label: string | undefined): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a !== 0xff || b !== 0xfe) return undefined;
  const is32 = c === 0 && d === 0 && (label === undefined || label.startsWith('utf-32'));
  return is32 ? 'utf-32le' : 'utf-16le';
}

/** "utf-16" and "utf-32" leave the byte order to the mark. Without one a text that begins with a zero has its big end first. */
function withByteOrder(bytes: Uint8Array, label: string | undefined): string | undefined {
  if (label !== 'utf-16' && label !== 'utf-32') return label;
  return `${label}${bytes[0] === 0 ? 'be' : 'le'}`;
}

function zeroPattern(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength < 4 || bytes.byteLength % 2 === 1) return undefined;
  const [a, b, c, d] = bytes;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? 'utf-16be' : undefined;
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

/** IoT Hub lets devices say utf-32, which TextDecoder has not. */
function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4) {
    const point = view.getUint32(at, isLittleEndian);
    if (at === 0 && point === 0xfeff) continue;
    const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    text += isCharacter ? String.fromCodePoint(point) : '\uFFFD';
  }
  return bytes.byteLength % 4 === 0 ? text : `${text}\uFFFD`;
}

/** Text whose charset nobody named: UTF-8, or what a mark or zeros tell; undefined: the bytes are no text. */
export function undeclaredTextOf(bytes: Uint8Array): string | undefined {
  const isMarked = (markedCharset(bytes, undefined) ?? zeroPattern(bytes)) !== undefined;
  return isMarked ? decodeText(bytes, undefined) : utf8TextOf(bytes);
}
