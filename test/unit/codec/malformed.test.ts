// Encodings that the specification does not allow: refused with what is wrong and where.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { decodeTyped, decodeValue } from '../../../src/codec/decode.ts';
import { defaultLimits } from '../../../src/codec/limits.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

interface Malformed {
  readonly what: string;
  readonly hex: string;
  readonly reason: RegExp;
  readonly at: number;
}

const malformed: readonly Malformed[] = [
  { what: 'nothing', hex: '', reason: /a value is missing/, at: 0 },
  { what: 'a boolean of 2', hex: '56 02', reason: /0x02, neither 0 nor 1/, at: 1 },
  { what: 'an array with a boolean of 2', hex: 'e0 04 02 56 01 02', reason: /0x02, neither 0 nor 1/, at: 5 },
  { what: 'a char that is a surrogate', hex: '73 0000d800', reason: /0xd800, which is no character/, at: 1 },
  { what: 'a char beyond Unicode', hex: '73 00110000', reason: /0x110000, which is no character/, at: 1 },
  { what: 'text that is no UTF-8', hex: 'a1 02 c328', reason: /text is not UTF-8/, at: 2 },
  { what: 'text that ends within a character', hex: 'a1 02 e282', reason: /text is not UTF-8/, at: 2 },
  { what: 'text with an encoded surrogate', hex: 'a1 03 eda080', reason: /text is not UTF-8/, at: 2 },
  { what: 'text with an overlong encoding', hex: 'b1 00000002 c080', reason: /text is not UTF-8/, at: 5 },
  { what: 'a symbol that is no UTF-8', hex: 'a3 01 ff', reason: /text is not UTF-8/, at: 2 },
  { what: 'a map with a key alone', hex: 'c1 02 01 40', reason: /a key without a value/, at: 0 },
  {
    what: 'a list that counts more than it holds',
    hex: 'c0 02 02 40',
    reason: /counts 2 items in 1 bytes/,
    at: 0,
  },
  {
    what: 'a list that holds more than it counts',
    hex: 'c0 03 01 40 40',
    reason: /1 bytes behind its last/,
    at: 0,
  },
  { what: 'a list of size 0', hex: 'c0 00 00', reason: /smaller than its own count/, at: 0 },
  { what: 'a list of size 3', hex: 'd0 00000003 00000000', reason: /smaller than its own count/, at: 0 },
  {
    what: 'an item that reaches beyond its list',
    hex: 'c0 03 01 a1 02 6161',
    reason: /reaches beyond its end/,
    at: 3,
  },
  {
    what: 'a list that reaches beyond the list around it',
    hex: 'c0 04 01 c0 03 01 40 40',
    reason: /reaches beyond its end/,
    at: 3,
  },
  { what: 'a descriptor without a value', hex: '00 44', reason: /a value is missing/, at: 2 },
  { what: 'an array without its constructor', hex: 'e0 01 01', reason: /a value is missing/, at: 3 },
  { what: 'an array of an unknown type', hex: 'e0 03 01 5f 00', reason: /unknown constructor 0x5f/, at: 3 },
  { what: 'an array of an unknown width', hex: 'e0 03 01 1f 00', reason: /unknown constructor 0x1f/, at: 3 },
  {
    what: 'an array with fewer bytes than its count needs',
    hex: 'e0 06 02 70 00000001',
    reason: /counts 2 items in 4 bytes/,
    at: 0,
  },
  {
    what: 'an array with bytes left over',
    hex: 'e0 04 01 50 01 02',
    reason: /1 bytes behind its last/,
    at: 0,
  },
  {
    what: 'an array of 0 with bytes left over',
    hex: 'e0 03 00 50 01',
    reason: /1 bytes behind its last/,
    at: 0,
  },
];

for (const { what, hex, reason, at } of malformed) {
  test(`G11: ${what}: refused, with the place`, () => {
    for (const decode of [decodeValue, decodeTyped]) {
      assert.throws(
        () => decode(bytes(hex)),
        (error) => {
          assert.ok(error instanceof CodecError);
          assert.match(error.reason, reason);
          assert.equal(error.at, at);
          return true;
        },
      );
    }
  });
}

test('an array that counts 0 may leave its constructor out, as some encoders do', () => {
  assert.deepEqual(decodeValue(bytes('e0 01 00')).value, []);
  assert.deepEqual(decodeTyped(bytes('f0 00000004 00000000')).value, {
    type: 'array',
    of: 'null',
    value: [],
  });
});

test('a key that is there twice is refused as a value, and kept in the lossless form', () => {
  const twice = bytes('c1 09 04 a1 01 61 41 a3 01 61 42');
  assert.throws(() => decodeValue(twice), /a map has the key "a" twice/);
  assert.equal(JSON.stringify(decodeTyped(twice).value).match(/"a"/g)?.length, 2);
  assert.throws(() => decodeValue(bytes('c1 07 04 54 01 41 55 01 42')), /the same key twice/);
});

test('__proto__ is a key like any other', () => {
  const encoded = bytes('c1 0d 02 a1 09 5f5f70726f746f5f5f 41');
  const { value } = decodeValue(encoded);
  assert.ok(typeof value === 'object' && value !== null);
  assert.deepEqual(Object.entries(value), [['__proto__', true]]);
  assert.equal(Object.getPrototypeOf(value), null);
});

test('values may lie as deep within each other as the limit says, and no deeper', () => {
  const nested = (depth: number): Buffer => {
    let value = Buffer.from([0x40]);
    for (let level = 0; level < depth; level += 1) {
      value = Buffer.concat([Buffer.from([0xd0, 0, 0, 0, value.length + 4, 0, 0, 0, 1]), value]);
    }
    return value;
  };
  const maxDepth = 20;
  const limits = { ...defaultLimits, maxDepth };
  assert.doesNotThrow(() => decodeValue(nested(maxDepth), 0, nested(maxDepth).length, limits));
  assert.throws(
    () => decodeValue(nested(maxDepth + 1), 0, nested(maxDepth + 1).length, limits),
    /values lie more than 20 deep/,
  );
});

test('items that take no bytes are few: as many as the value has bytes, and 1024', () => {
  const nulls = (count: number): Buffer => {
    const array = bytes('f0 00000005 00000000 40');
    array.writeUInt32BE(count, 5);
    return array;
  };
  assert.equal((decodeValue(nulls(1034)).value as unknown[]).length, 1034);
  assert.throws(() => decodeValue(nulls(1035)), /more items than a value of this size may hold/);
});
