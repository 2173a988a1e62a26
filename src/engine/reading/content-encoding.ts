// Undoes what a content encoding names (RFC 9110 8.4): compressions, in the order in which they were put on, and the charset that
// some senders name there.

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { reasonOf } from '../errors.ts';
import { PermanentError } from '../handling/handler.ts';
import { isCharset, utf8TextOf } from './charset.ts';
import { unsnap } from './snappy.ts';

/**
 * What a compressed body may become, unless the reader says otherwise. 16 times what most namespaces let through as one event:
 * text and JSON shrink four to ten times, and a body made to harm grows a thousand times.
 */
export const maxDecodedBytes = 16 * 1024 * 1024;

/** Nobody compresses four times; each costs a pass over the whole. */
const maxCodings = 4;

type Decoder = (bytes: Uint8Array, maxOutputLength: number) => Uint8Array;

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })],
  ['x-gzip', (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })],
  ['deflate', inflated],
  ['br', (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })],
  ['zstd', (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength })],
  ['snappy', unsnap],
  ['x-snappy', unsnap],
]);

export interface ContentEncoding {
  /** Names of compressions, the one put on first in front. */
  readonly codings: readonly string[];
  readonly charset: string | undefined;
  /** A name that is neither. */
  readonly unknown: string | undefined;
}

const plain: ContentEncoding = { codings: [], charset: undefined, unknown: undefined };

export function contentEncodingOf(text: string | undefined): ContentEncoding {
  if (text === undefined) return plain;
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const others = names.filter((name) => name !== '' && name !== 'identity' && !decoders.has(name));
  return {
    codings: names.filter((name) => decoders.has(name)),
    charset: others.find(isCharset),
    unknown: others.find((name) => !isCharset(name)),
  };
}

/**
 * The bytes that were there before compression. A name that nobody knows is taken for a remark when the bytes are text as they
 * stand. Where nothing is named, a body that begins as only gzip and zstd do (and no text in UTF-8 does) is decoded too.
 * Throws PermanentError: the bytes are not what the encoding says, or more than maxBytes come out.
 */
export function decodeContent(bytes: Uint8Array, encoding: ContentEncoding, maxBytes: number): Uint8Array {
  const { codings, unknown } = encoding;
  if (codings.length > maxCodings) {
    throw new PermanentError(
      `The body claims ${codings.length} content encodings; ${maxCodings} are undone at most`,
    );
  }
  if (unknown !== undefined && utf8TextOf(bytes) === undefined) {
    throw new PermanentError(
      `The body (${bytes.byteLength} bytes) has the content encoding "${unknown}", which this worker does not know: read event.body`,
    );
  }
  if (codings.length === 0 && unknown === undefined) return unlabelled(bytes, maxBytes);
  return codings.reduceRight((inner, coding) => undo(coding, inner, maxBytes), bytes);
}

function unlabelled(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const coding = markOf(bytes);
  if (coding === undefined) return bytes;
  try {
    return undo(coding, bytes, maxBytes);
  } catch (error) {
    // A guess that was wrong changes nothing; what grows beyond the bound was no wrong guess.
    if (error instanceof PermanentError && isTooLong(error.cause)) throw error;
    return bytes;
  }
}

function markOf(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd ? 'zstd' : undefined;
}

function undo(coding: string, bytes: Uint8Array, maxBytes: number): Uint8Array {
  // Nothing compressed is nothing: senders put the encoding on empty bodies too.
  if (bytes.byteLength === 0) return bytes;
  try {
    return decoders.get(coding)?.(bytes, maxBytes) ?? bytes;
  } catch (cause) {
    const claim = `The body (${bytes.byteLength} bytes, content encoding ${coding})`;
    throw new PermanentError(
      isTooLong(cause)
        ? `${claim} is larger than ${maxBytes} bytes when decoded: read it with event.content(maxBytes)`
        : `${claim} cannot be decoded: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/** zlib's ERR_BUFFER_TOO_LARGE is a RangeError, as ours. */
function isTooLong(cause: unknown): boolean {
  return cause instanceof RangeError;
}

/** "deflate" is zlib's format (RFC 1950), but many send the bare stream (RFC 1951), as browsers have to know. */
function inflated(bytes: Uint8Array, maxOutputLength: number): Uint8Array {
  const [first = 0, second = 0] = bytes;
  const isZlib = (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
  return isZlib ? inflateSync(bytes, { maxOutputLength }) : inflateRawSync(bytes, { maxOutputLength });
}
