// Snappy's block format, as senders use it for a body: https://github.com/google/snappy/blob/main/format_description.txt

/** Throws RangeError when the content is longer than maxBytes, and SyntaxError for bytes that are no snappy block. */
export function unsnap(bytes: Uint8Array, maxBytes: number): Uint8Array {
  let at = 0;
  const next = (count: number): number => {
    if (at + count > bytes.byteLength) throw new SyntaxError('unexpected end of snappy block');
    let value = 0;
    for (let index = 0; index < count; index += 1) value += (bytes[at + index] ?? 0) * 256 ** index;
    at += count;
    return value;
  };
  const whole = new Uint8Array(lengthOf(next, maxBytes));
  let end = 0;
  const room = (length: number): void => {
    if (end + length > whole.byteLength) throw new SyntaxError('snappy block is longer than it says');
  };
  while (at < bytes.byteLength) {
    const tag = next(1);
    const short = tag >> 2;
    if ((tag & 3) === 0) {
      const length = (short < 60 ? short : next(short - 59)) + 1;
      room(length);
      if (at + length > bytes.byteLength) throw new SyntaxError('unexpected end of snappy block');
      whole.set(bytes.subarray(at, at + length), end);
      at += length;
      end += length;
      continue;
    }
    const length = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : short + 1;
    const distance = (tag & 3) === 1 ? (tag >> 5) * 256 + next(1) : next((tag & 3) === 2 ? 2 : 4);
    room(length);
    if (distance === 0 || distance > end) throw new SyntaxError('snappy copy from before the beginning');
    // One byte after another: a copy may overlap what it writes.
    for (const to = end + length; end < to; end += 1) whole[end] = whole[end - distance] ?? 0;
  }
  if (end < whole.byteLength) throw new SyntaxError('snappy block is shorter than it says');
  return whole;
}

/** The length in front: seven bits a byte, lowest first. */
function lengthOf(next: (count: number) => number, maxBytes: number): number {
  let length = 0;
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = next(1);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (length > maxBytes) throw new RangeError(`${length} bytes`);
      return length;
    }
  }
  throw new SyntaxError('no snappy block');
}
