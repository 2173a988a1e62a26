// Every encoding of every type, written by hand from AMQP 1.0 part 1.6.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { AmqpDecimal } from '../../../src/codec/amqp-decimal.ts';
import type { AmqpValue } from '../../../src/codec/amqp-value.ts';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { decodeTyped, decodeValue } from '../../../src/codec/decode.ts';
import { Described } from '../../../src/codec/described.ts';
import { skipValue } from '../../../src/codec/skip-value.ts';
import { encodeTyped } from '../../../src/codec/typed-encoder.ts';
import type { TypedValue } from '../../../src/codec/typed-value.ts';

interface Encoding {
  readonly what: string;
  readonly hex: string;
  readonly typed: TypedValue;
  readonly natural: unknown;
}

const record = (entries: Record<string, AmqpValue>): object =>
  Object.assign(Object.create(null) as object, entries);
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

const encodings: readonly Encoding[] = [
  { what: 'null', hex: '40', typed: { type: 'null' }, natural: null },
  { what: 'true', hex: '41', typed: { type: 'boolean', value: true }, natural: true },
  { what: 'false', hex: '42', typed: { type: 'boolean', value: false }, natural: false },
  { what: 'boolean, true', hex: '56 01', typed: { type: 'boolean', value: true }, natural: true },
  { what: 'boolean, false', hex: '56 00', typed: { type: 'boolean', value: false }, natural: false },
  { what: 'ubyte', hex: '50 ff', typed: { type: 'ubyte', value: '255' }, natural: 255 },
  { what: 'ushort', hex: '60 ffff', typed: { type: 'ushort', value: '65535' }, natural: 65_535 },
  {
    what: 'uint',
    hex: '70 ffffffff',
    typed: { type: 'uint', value: '4294967295' },
    natural: 4_294_967_295,
  },
  { what: 'smalluint', hex: '52 ff', typed: { type: 'uint', value: '255' }, natural: 255 },
  { what: 'uint0', hex: '43', typed: { type: 'uint', value: '0' }, natural: 0 },
  {
    what: 'ulong',
    hex: '80 ffffffffffffffff',
    typed: { type: 'ulong', value: '18446744073709551615' },
    natural: 18_446_744_073_709_551_615n,
  },
  {
    what: 'ulong, 2^53 - 1',
    hex: '80 001fffffffffffff',
    typed: { type: 'ulong', value: '9007199254740991' },
    natural: 9_007_199_254_740_991,
  },
  {
    what: 'ulong, 2^53',
    hex: '80 0020000000000000',
    typed: { type: 'ulong', value: '9007199254740992' },
    natural: 9_007_199_254_740_992n,
  },
  { what: 'smallulong', hex: '53 ff', typed: { type: 'ulong', value: '255' }, natural: 255 },
  { what: 'ulong0', hex: '44', typed: { type: 'ulong', value: '0' }, natural: 0 },
  { what: 'byte', hex: '51 80', typed: { type: 'byte', value: '-128' }, natural: -128 },
  { what: 'short', hex: '61 8000', typed: { type: 'short', value: '-32768' }, natural: -32_768 },
  {
    what: 'int',
    hex: '71 80000000',
    typed: { type: 'int', value: '-2147483648' },
    natural: -2_147_483_648,
  },
  { what: 'smallint', hex: '54 80', typed: { type: 'int', value: '-128' }, natural: -128 },
  {
    what: 'long',
    hex: '81 8000000000000000',
    typed: { type: 'long', value: '-9223372036854775808' },
    natural: -9_223_372_036_854_775_808n,
  },
  {
    what: 'long, -1 in eight bytes',
    hex: '81 ffffffffffffffff',
    typed: { type: 'long', value: '-1' },
    natural: -1,
  },
  {
    what: 'long, -(2^53 - 1)',
    hex: '81 ffe0000000000001',
    typed: { type: 'long', value: '-9007199254740991' },
    natural: -9_007_199_254_740_991,
  },
  { what: 'smalllong', hex: '55 ff', typed: { type: 'long', value: '-1' }, natural: -1 },
  { what: 'float', hex: '72 3fc00000', typed: { type: 'float', value: '1.5' }, natural: 1.5 },
  { what: 'float, -0', hex: '72 80000000', typed: { type: 'float', value: '-0' }, natural: -0 },
  { what: 'float, NaN', hex: '72 7fc00000', typed: { type: 'float', value: 'NaN' }, natural: Number.NaN },
  {
    what: 'float, a NaN of its own',
    hex: '72 ffc00001',
    typed: { type: 'float', value: 'NaN:ffc00001' },
    natural: Number.NaN,
  },
  {
    what: 'double',
    hex: '82 7ff0000000000000',
    typed: { type: 'double', value: 'Infinity' },
    natural: Number.POSITIVE_INFINITY,
  },
  {
    what: 'decimal32',
    hex: '74 328004d2',
    typed: { type: 'decimal32', value: '328004d2' },
    natural: new AmqpDecimal(bytes('328004d2')),
  },
  {
    what: 'decimal64',
    hex: '84 31a00000000004d2',
    typed: { type: 'decimal64', value: '31a00000000004d2' },
    natural: new AmqpDecimal(bytes('31a00000000004d2')),
  },
  {
    what: 'decimal128',
    hex: '94 303c00000000000000000000000004e2',
    typed: { type: 'decimal128', value: '303c00000000000000000000000004e2' },
    natural: new AmqpDecimal(bytes('303c00000000000000000000000004e2')),
  },
  { what: 'char', hex: '73 0001f600', typed: { type: 'char', value: '😀' }, natural: '😀' },
  {
    what: 'timestamp',
    hex: '83 00000000000003e8',
    typed: { type: 'timestamp', value: '1000' },
    natural: new Date(1000),
  },
  {
    what: 'timestamp, the first of a Date',
    hex: '83 ffe14df73d240000',
    typed: { type: 'timestamp', value: '-8640000000000000' },
    natural: new Date(-8_640_000_000_000_000),
  },
  {
    what: 'timestamp, beyond a Date',
    hex: '83 001eb208c2dc0001',
    typed: { type: 'timestamp', value: '8640000000000001' },
    natural: 8_640_000_000_000_001n,
  },
  {
    what: 'uuid',
    hex: '98 0f8fad5bd9cb469fa16570867728950e',
    typed: { type: 'uuid', value: '0f8fad5b-d9cb-469f-a165-70867728950e' },
    natural: '0f8fad5b-d9cb-469f-a165-70867728950e',
  },
  { what: 'vbin8', hex: 'a0 02 00ff', typed: { type: 'binary', value: 'AP8=' }, natural: bytes('00ff') },
  {
    what: 'vbin32',
    hex: 'b0 00000002 00ff',
    typed: { type: 'binary', value: 'AP8=' },
    natural: bytes('00ff'),
  },
  { what: 'str8-utf8', hex: 'a1 03 e282ac', typed: { type: 'string', value: '€' }, natural: '€' },
  { what: 'str32-utf8', hex: 'b1 00000003 e282ac', typed: { type: 'string', value: '€' }, natural: '€' },
  {
    what: 'str8-utf8, a replacement character that was sent',
    hex: 'a1 03 efbfbd',
    typed: { type: 'string', value: '\ufffd' },
    natural: '\ufffd',
  },
  {
    what: 'str8-utf8, a byte order mark',
    hex: 'a1 04 efbbbf61',
    typed: { type: 'string', value: '\ufeffa' },
    natural: '\ufeffa',
  },
  { what: 'sym8', hex: 'a3 02 6162', typed: { type: 'symbol', value: 'ab' }, natural: 'ab' },
  { what: 'sym32', hex: 'b3 00000002 6162', typed: { type: 'symbol', value: 'ab' }, natural: 'ab' },
  { what: 'list0', hex: '45', typed: { type: 'list', value: [] }, natural: [] },
  {
    what: 'list8',
    hex: 'c0 03 02 40 41',
    typed: { type: 'list', value: [{ type: 'null' }, { type: 'boolean', value: true }] },
    natural: [null, true],
  },
  {
    what: 'list32',
    hex: 'd0 00000006 00000002 40 41',
    typed: { type: 'list', value: [{ type: 'null' }, { type: 'boolean', value: true }] },
    natural: [null, true],
  },
  {
    what: 'map8',
    hex: 'c1 05 02 a1 01 61 41',
    typed: {
      type: 'map',
      value: [
        [
          { type: 'string', value: 'a' },
          { type: 'boolean', value: true },
        ],
      ],
    },
    natural: record({ a: true }),
  },
  {
    what: 'map32, keys that are no text',
    hex: 'd1 00000007 00000002 54 01 41',
    typed: {
      type: 'map',
      value: [
        [
          { type: 'int', value: '1' },
          { type: 'boolean', value: true },
        ],
      ],
    },
    natural: new Map([[1, true]]),
  },
  {
    what: 'array8',
    hex: 'e0 04 02 54 01 ff',
    typed: { type: 'array', of: 'int', value: ['1', '-1'] },
    natural: [1, -1],
  },
  {
    what: 'array32 of text',
    hex: 'f0 00000009 00000002 a1 01 61 01 62',
    typed: { type: 'array', of: 'string', value: ['a', 'b'] },
    natural: ['a', 'b'],
  },
  {
    what: 'array of nulls: no bytes each',
    hex: 'e0 02 03 40',
    typed: { type: 'array', of: 'null', value: [null, null, null] },
    natural: [null, null, null],
  },
  {
    what: 'array of nothing',
    hex: 'e0 02 00 a1',
    typed: { type: 'array', of: 'string', value: [] },
    natural: [],
  },
  {
    what: 'array of lists',
    hex: 'e0 08 02 c0 02 01 40 02 01 41',
    typed: { type: 'array', of: 'list', value: [[{ type: 'null' }], [{ type: 'boolean', value: true }]] },
    natural: [[null], [true]],
  },
  {
    what: 'array of maps',
    hex: 'e0 08 01 c1 05 02 a1 01 61 41',
    typed: {
      type: 'array',
      of: 'map',
      value: [
        [
          [
            { type: 'string', value: 'a' },
            { type: 'boolean', value: true },
          ],
        ],
      ],
    },
    natural: [record({ a: true })],
  },
  {
    what: 'array of arrays',
    hex: 'e0 0a 02 e0 03 01 50 07 03 01 54 fe',
    typed: {
      type: 'array',
      of: 'array',
      value: [
        { of: 'ubyte', value: ['7'] },
        { of: 'int', value: ['-2'] },
      ],
    },
    natural: [[7], [-2]],
  },
  {
    what: 'array of described items',
    hex: 'e0 08 02 00 a3 01 78 54 01 02',
    typed: {
      type: 'array',
      of: 'int',
      descriptors: [{ type: 'symbol', value: 'x' }],
      value: ['1', '2'],
    },
    natural: [new Described('x', 1), new Described('x', 2)],
  },
  {
    what: 'array of items described twice',
    hex: 'e0 08 01 00 53 01 00 53 02 41',
    typed: {
      type: 'array',
      of: 'boolean',
      descriptors: [
        { type: 'ulong', value: '1' },
        { type: 'ulong', value: '2' },
      ],
      value: [true],
    },
    natural: [new Described(1, new Described(2, true))],
  },
  {
    what: 'described by a symbol',
    hex: '00 a3 01 78 41',
    typed: {
      type: 'described',
      descriptor: { type: 'symbol', value: 'x' },
      value: { type: 'boolean', value: true },
    },
    natural: new Described('x', true),
  },
  {
    what: 'described by a list that is described',
    hex: '00 00 44 45 41',
    typed: {
      type: 'described',
      descriptor: {
        type: 'described',
        descriptor: { type: 'ulong', value: '0' },
        value: { type: 'list', value: [] },
      },
      value: { type: 'boolean', value: true },
    },
    natural: new Described(new Described(0, []), true),
  },
];

for (const { what, hex, typed, natural } of encodings) {
  const encoded = bytes(hex);

  test(`G11: ${what}: read with its type, written again the same`, () => {
    assert.deepEqual(decodeValue(encoded), { value: natural, next: encoded.length });
    assert.deepEqual(decodeTyped(encoded), { value: typed, next: encoded.length });
    assert.equal(skipValue(encoded, 0, encoded.length), encoded.length);
    const again = encodeTyped(typed);
    assert.deepEqual(decodeTyped(again), { value: typed, next: again.length });
    assert.ok(again.length <= encoded.length || typed.type === 'array', 'the shortest encoding');
  });

  test(`G11: ${what}, cut off anywhere: refused`, () => {
    for (let length = 0; length < encoded.length; length += 1) {
      for (const part of [encoded.subarray(0, length), encoded]) {
        assert.throws(() => decodeValue(part, 0, length), CodecError, `${length} bytes`);
        assert.throws(() => decodeTyped(part, 0, length), CodecError, `${length} bytes`);
        assert.throws(() => skipValue(part, 0, length), CodecError, `${length} bytes`);
      }
    }
  });
}

test('every constructor is of these encodings, or is refused', () => {
  const known = new Set(encodings.map(({ hex }) => Number.parseInt(hex.slice(0, 2), 16)));
  for (let constructor = 0; constructor < 256; constructor += 1) {
    if (known.has(constructor)) continue;
    const encoded = Buffer.concat([Buffer.from([constructor]), Buffer.alloc(32)]);
    assert.throws(() => decodeValue(encoded), /unknown constructor/, constructor.toString(16));
    assert.throws(() => decodeTyped(encoded), /unknown constructor/, constructor.toString(16));
  }
});
