/**
 * Steps over encoded values by their constructors and sizes alone.
 * Source: AMQP 1.0 part 1.2: the upper half of a constructor says how wide the value is, so that unknown types can be skipped.
 */
import { CodecError, hexByte } from './codec-error.ts';

/**
 * The position behind the value whose constructor is at `at`; nothing at or beyond `end` is looked at. A described value
 * is a descriptor and a value, each of which may be described again: they are counted, not recursed into.
 * Throws CodecError.
 */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  let open = 1;
  do {
    if (at < end && bytes[at] === 0x00) {
      open += 1;
      at += 1;
    } else {
      at = skipPlain(bytes, at, end);
      open -= 1;
    }
  } while (open > 0);
  return at;
}

function skipPlain(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) throw new CodecError('a value is missing', at);
  const next = skipPayload(bytes, bytes[at] as number, at + 1, end);
  if (next > end) throw new CodecError('a value reaches beyond its end', at);
  return next;
}

/** The position behind a payload, which may lie beyond `end`; the caller compares. */
export function skipPayload(bytes: Uint8Array, constructor: number, at: number, end: number): number {
  switch (constructor >>> 4) {
    case 0x4:
      return at;
    case 0x5:
      return at + 1;
    case 0x6:
      return at + 2;
    case 0x7:
      return at + 4;
    case 0x8:
      return at + 8;
    case 0x9:
      return at + 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return at < end ? at + 1 + (bytes[at] as number) : at + 1;
    case 0xb:
    case 0xd:
    case 0xf:
      return at + 4 <= end ? at + 4 + uint32At(bytes, at) : at + 4 + (end - at);
    default:
      throw new CodecError(`unknown constructor ${hexByte(constructor)}`, at - 1);
  }
}

/** Four bytes as a number; the caller has checked that they are there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1_000_000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}
