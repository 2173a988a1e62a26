// The completed map: which events above the watermark are finished, as one word of checkpoint metadata.
//
// Form: "1" version, "r" raw or "d" deflated, number of bits, CRC-32 (hex) over watermark and bits, then base64, joined by
// dots. Bit i stands for sequence number watermark + 1 + i. The checksum covers the watermark: a map that was damaged, or
// that belongs to another watermark, must be ignored, because one wrong bit would skip an unfinished event (G1).

import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** Azure allows 8 KB of metadata in all, names included; the other keys need less than 400 characters. */
export const maxCompletedCharacters = 7_680;

/** This many bits fit raw, whatever their pattern: 4,096 bytes are 5,464 characters. */
const rawBits = 32_768;

/** Beyond `rawBits` so many unfinished events are allowed ... */
const maxScattered = 1_024;
/** ... since each costs at most so many bytes deflated, and a run of finished ones about a thousandth of its raw size. */
const bytesPerScattered = 4;
const deflateRatio = 1_000;
const deflatedBudgetBytes = 5_600;

/** Longer maps are refused unread: no writer of ours makes them, and a damaged length must not cost memory. */
const maxBits = 2 ** 27;

/** Whether one more event keeps the map surely encodable. `distance`: events between watermark and head. */
export function hasRoomInMap(distance: number, unfinishedCount: number): boolean {
  if (distance < rawBits) return true;
  const estimate = distance / 8 / deflateRatio + unfinishedCount * bytesPerScattered;
  return unfinishedCount < maxScattered && estimate < deflatedBudgetBytes;
}

/** Finished events above a watermark, as read from a checkpoint. */
export class CompletedSet {
  readonly #firstSequenceNumber: number;
  readonly #bits: Uint8Array;
  /** The highest sequence number in the set. */
  readonly last: number;

  constructor(watermark: number, bits: Uint8Array, bitCount: number) {
    this.#firstSequenceNumber = watermark + 1;
    this.#bits = bits;
    this.last = watermark + bitCount;
  }

  has(sequenceNumber: number): boolean {
    const bit = sequenceNumber - this.#firstSequenceNumber;
    if (bit < 0 || sequenceNumber > this.last) return false;
    return ((this.#bits[Math.floor(bit / 8)] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}

export interface CompletedRange {
  readonly watermark: number;
  /** Last sequence number taken in; everything in (watermark, head] is finished but for `unfinished`. */
  readonly head: number;
  /** Ascending. */
  readonly unfinished: Iterable<number>;
  /** What a former owner finished beyond the head: it stays finished until it was received again. */
  readonly carried: CompletedSet | undefined;
}

/** `isWhole` false: the map was cut to what fits; what lies beyond would be handled again after a crash. */
export interface EncodedMap {
  readonly text: string;
  readonly isWhole: boolean;
}

export function encodeCompleted(range: CompletedRange): EncodedMap {
  const { watermark, head, carried } = range;
  const top = Math.max(head, carried?.last ?? head);
  const bits = new Uint8Array(Math.ceil((top - watermark) / 8));
  fill(bits, head - watermark);
  for (const sequenceNumber of range.unfinished) clear(bits, sequenceNumber - watermark - 1);
  if (carried !== undefined) {
    for (let next = head + 1; next <= carried.last; next += 1) {
      if (carried.has(next)) set(bits, next - watermark - 1);
    }
  }
  const bitCount = lastBit(bits) + 1;
  for (let kept = bitCount; kept > 0; kept = Math.floor(kept / 2)) {
    const text = encodeBits(watermark, bits, kept);
    if (text.length <= maxCompletedCharacters) return { text, isWhole: kept === bitCount };
  }
  return { text: '', isWhole: bitCount === 0 };
}

/** The set, undefined for an empty map, or the reason why it must be ignored. Never throws. */
export function decodeCompleted(
  text: string,
  watermark: number,
): CompletedSet | undefined | { unreadable: string } {
  if (text === '') return undefined;
  const [version, form, count, checksum, payload, ...rest] = text.split('.');
  const bitCount = Number(count);
  if (version !== '1' || payload === undefined || rest.length > 0) return { unreadable: 'unknown form' };
  if (!Number.isSafeInteger(bitCount) || bitCount < 1 || bitCount > maxBits)
    return { unreadable: 'bad length' };
  const byteCount = Math.ceil(bitCount / 8);
  let bits: Uint8Array;
  try {
    const bytes = Buffer.from(payload, 'base64');
    bits = form === 'd' ? inflateRawSync(bytes, { maxOutputLength: byteCount }) : bytes;
  } catch {
    return { unreadable: 'not inflatable' };
  }
  if (bits.byteLength !== byteCount) return { unreadable: 'wrong length' };
  if (checksumOf(watermark, bits) !== checksum) return { unreadable: 'wrong checksum' };
  return new CompletedSet(watermark, bits, bitCount);
}

function encodeBits(watermark: number, bits: Uint8Array, bitCount: number): string {
  const used = bits.slice(0, Math.ceil(bitCount / 8));
  for (let bit = bitCount; bit < used.byteLength * 8; bit += 1) clear(used, bit);
  const raw = Buffer.from(used).toString('base64');
  const deflated = deflateRawSync(used, { level: 9 }).toString('base64');
  const [form, payload] = raw.length <= deflated.length ? ['r', raw] : ['d', deflated];
  return `1.${form}.${bitCount}.${checksumOf(watermark, used)}.${payload}`;
}

function checksumOf(watermark: number, bits: Uint8Array): string {
  return crc32(bits, crc32(String(watermark))).toString(16);
}

function fill(bits: Uint8Array, bitCount: number): void {
  const whole = Math.floor(bitCount / 8);
  bits.fill(0xff, 0, whole);
  for (let bit = whole * 8; bit < bitCount; bit += 1) set(bits, bit);
}

function set(bits: Uint8Array, bit: number): void {
  const index = Math.floor(bit / 8);
  bits[index] = (bits[index] ?? 0) | (1 << (bit & 7));
}

function clear(bits: Uint8Array, bit: number): void {
  const index = Math.floor(bit / 8);
  bits[index] = (bits[index] ?? 0) & ~(1 << (bit & 7));
}

function lastBit(bits: Uint8Array): number {
  for (let index = bits.byteLength - 1; index >= 0; index -= 1) {
    const byte = bits[index] ?? 0;
    if (byte !== 0) return index * 8 + (31 - Math.clz32(byte));
  }
  return -1;
}
