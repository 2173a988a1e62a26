// Writes a value in one of the encodings that AMQP allows for it, where the codec always writes the shortest.
import { Buffer } from 'node:buffer';
import { encodeTyped } from '../../../src/codec/typed-encoder.ts';
import type { TypedArray, TypedItem, TypedValue } from '../../../src/codec/typed-value.ts';

/** Chooses one of `count` ways. */
export type Choose = (count: number) => number;

export function encodeAnyhow(typed: TypedValue, choose: Choose): Buffer {
  switch (typed.type) {
    case 'boolean':
      return choose(2) === 0 ? encodeTyped(typed) : Buffer.from([0x56, typed.value ? 1 : 0]);
    case 'uint':
    case 'int':
    case 'ulong':
    case 'long': {
      return choose(2) === 0 ? encodeTyped(typed) : widest(typed.type, typed.value);
    }
    case 'string':
    case 'symbol':
    case 'binary': {
      if (choose(2) === 0) return encodeTyped(typed);
      const narrow = { binary: 0xa0, string: 0xa1, symbol: 0xa3 }[typed.type];
      const content = Buffer.from(typed.value, typed.type === 'binary' ? 'base64' : 'utf8');
      return Buffer.concat([Buffer.from([narrow + 0x10]), uint32(content.length), content]);
    }
    case 'list':
      return compound(
        0xc0,
        typed.value.map((item) => encodeAnyhow(item, choose)),
        choose,
      );
    case 'map':
      return compound(
        0xc1,
        typed.value.flatMap(([key, value]) => [encodeAnyhow(key, choose), encodeAnyhow(value, choose)]),
        choose,
      );
    case 'array':
      return array(typed, choose);
    case 'described':
      return Buffer.concat([
        Buffer.from([0x00]),
        encodeAnyhow(typed.descriptor, choose),
        encodeAnyhow(typed.value, choose),
      ]);
    default:
      return encodeTyped(typed);
  }
}

/** In its full width, as the only item of an array has it. */
function widest(of: TypedArray['of'], value: string): Buffer {
  return encodeTyped({ type: 'array', of, value: [value] }).subarray(3);
}

function compound(narrow: number, items: readonly Buffer[], choose: Choose): Buffer {
  const content = Buffer.concat(items);
  if (content.length < 255 && items.length < 256 && choose(2) === 0) {
    return Buffer.concat([Buffer.from([narrow, content.length + 1, items.length]), content]);
  }
  return Buffer.concat([
    Buffer.from([narrow + 0x10]),
    uint32(content.length + 4),
    uint32(items.length),
    content,
  ]);
}

/** Items of a list or map may be encoded anyhow too; those of other types are as wide as the codec has them. */
function array(typed: TypedArray, choose: Choose): Buffer {
  const descriptors = (typed.descriptors ?? []).flatMap((descriptor) => [
    Buffer.from([0x00]),
    encodeAnyhow(descriptor, choose),
  ]);
  const isNarrow = choose(2) === 0;
  const small = typed.value.map((item) => narrowItem(typed.of, item));
  if (isNarrow && typed.value.length > 0 && small.every((item) => item !== undefined)) {
    const constructor = { binary: 0xa0, string: 0xa1, symbol: 0xa3, ulong: 0x53, uint: 0x52 }[
      typed.of as 'binary'
    ];
    return sized([...descriptors, Buffer.from([constructor]), ...small], typed.value.length, choose);
  }
  const plain = encodeTyped({ type: 'array', of: typed.of, value: typed.value });
  const content = plain.subarray(plain[0] === 0xe0 ? 3 : 9);
  return sized([...descriptors, content], typed.value.length, choose);
}

function sized(parts: readonly Buffer[], count: number, choose: Choose): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 255 && count < 256 && choose(2) === 0) {
    return Buffer.concat([Buffer.from([0xe0, content.length + 1, count]), content]);
  }
  return Buffer.concat([Buffer.from([0xf0]), uint32(content.length + 4), uint32(count), content]);
}

function narrowItem(of: TypedArray['of'], item: TypedItem): Buffer | undefined {
  if (of === 'uint' || of === 'ulong') return Number(item) < 256 ? Buffer.from([Number(item)]) : undefined;
  if (of !== 'binary' && of !== 'string' && of !== 'symbol') return undefined;
  const content = Buffer.from(item as string, of === 'binary' ? 'base64' : 'utf8');
  return content.length < 256 ? Buffer.concat([Buffer.from([content.length]), content]) : undefined;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
