/**
 * Names of annotations and properties repeat from event to event: their text is kept instead of made again, which is most of
 * what reading a map of small values costs. A memo of a pure function, of a fixed size: what is not in it is decoded.
 */
import type { Buffer } from 'node:buffer';
import { textAt } from './scalars.ts';
import { isText } from './section.ts';

const slots = 256;
const longestBytes = 48;
const known: string[] = Array.from({ length: slots }, () => '');

/** The text of a name at [from, to). Throws CodecError. */
export function knownName(bytes: Buffer, from: number, to: number): string {
  const length = to - from;
  if (length === 0 || length > longestBytes) return textAt(bytes, from, to);
  const slot = slotOf(bytes, from, to);
  const text = known[slot] as string;
  if (isText(bytes, from, to, text)) return text;
  const read = textAt(bytes, from, to);
  // Of the same length only when it is ASCII, which alone can be compared byte by byte.
  if (read.length === length) known[slot] = read;
  return read;
}

function slotOf(bytes: Buffer, from: number, to: number): number {
  const middle = (from + to) >>> 1;
  const mixed =
    Math.imul(bytes[from] as number, 31) ^
    Math.imul(bytes[middle] as number, 131) ^
    Math.imul(bytes[to - 1] as number, 17) ^
    Math.imul(to - from, 7);
  return mixed & (slots - 1);
}
