/**
 * Finds the top-level sections of an encoded AMQP message without decoding their values, so that an event's body and
 * properties are stored and delivered as the very bytes the publisher sent.
 * Source: AMQP 1.0 part 1 (encodings) and part 3.2 (message format).
 */

/** Section codes (AMQP 1.0 part 3.2). */
export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  footer: 0x78,
} as const;

/** One section: `start` at its descriptor, `value` at its value's constructor, `end` behind it. */
export interface Section {
  readonly code: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** All sections of a message in order. Throws RangeError when the bytes are not a message. */
export function sectionsOf(bytes: Buffer, from = 0, to = bytes.length): Section[] {
  const sections: Section[] = [];
  let at = from;
  while (at < to) {
    if (bytes[at] !== 0x00) throw new RangeError(`no section starts at byte ${at}`);
    const value = endOfValue(bytes, at + 1);
    const code = descriptorCode(bytes, at + 1);
    const end = endOfValue(bytes, value);
    if (end > to) throw new RangeError('the last section is cut off');
    sections.push({ code, start: at, value, end });
    at = end;
  }
  return sections;
}

/** The bytes of a binary value (vbin8, vbin32) as [start, end). */
export function binaryRange(bytes: Buffer, at: number): readonly [start: number, end: number] {
  const constructor = bytes.readUInt8(at);
  if (constructor === 0xa0) return [at + 2, at + 2 + bytes.readUInt8(at + 1)];
  if (constructor === 0xb0) return [at + 5, at + 5 + bytes.readUInt32BE(at + 1)];
  throw new RangeError(`expected binary data, found constructor 0x${constructor.toString(16)}`);
}

/** The text of a string or symbol value, undefined for every other type. */
export function textOf(bytes: Buffer, at: number): string | undefined {
  const constructor = bytes.readUInt8(at);
  if (constructor === 0xa1 || constructor === 0xa3) {
    return bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt8(at + 1));
  }
  if (constructor === 0xb1 || constructor === 0xb3) {
    return bytes.toString('utf8', at + 5, at + 5 + bytes.readUInt32BE(at + 1));
  }
  return undefined;
}

/** Where the items of a map begin and how many there are (keys and values together). */
export function mapItems(bytes: Buffer, at: number): { readonly start: number; readonly count: number } {
  const constructor = bytes.readUInt8(at);
  if (constructor === 0xc1) return { start: at + 3, count: bytes.readUInt8(at + 2) };
  if (constructor === 0xd1) return { start: at + 9, count: bytes.readUInt32BE(at + 5) };
  if (constructor === 0x40) return { start: at + 1, count: 0 };
  throw new RangeError(`expected a map, found constructor 0x${constructor.toString(16)}`);
}

/** The position behind the value whose constructor is at `at`. */
export function endOfValue(bytes: Buffer, at: number): number {
  const constructor = bytes.readUInt8(at);
  const body = at + 1;
  switch (constructor >>> 4) {
    case 0x0:
      if (constructor === 0x00) return endOfValue(bytes, endOfValue(bytes, body));
      throw new RangeError(`unknown constructor 0x${constructor.toString(16)}`);
    case 0x4:
      return body;
    case 0x5:
      return body + 1;
    case 0x6:
      return body + 2;
    case 0x7:
      return body + 4;
    case 0x8:
      return body + 8;
    case 0x9:
      return body + 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return body + 1 + bytes.readUInt8(body);
    case 0xb:
    case 0xd:
    case 0xf:
      return body + 4 + bytes.readUInt32BE(body);
    default:
      throw new RangeError(`unknown constructor 0x${constructor.toString(16)}`);
  }
}

/** Sections are named by a small ulong; the symbolic form is legal but no client sends it. */
function descriptorCode(bytes: Buffer, at: number): number {
  const constructor = bytes.readUInt8(at);
  if (constructor === 0x53) return bytes.readUInt8(at + 1);
  if (constructor === 0x80) return Number(bytes.readBigUInt64BE(at + 1));
  throw new RangeError(`unknown section descriptor 0x${constructor.toString(16)}`);
}
