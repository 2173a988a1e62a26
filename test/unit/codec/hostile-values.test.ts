import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { decodeTyped, decodeValue } from '../../../src/codec/decode.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';
import { skipValue } from '../../../src/codec/skip-value.ts';
import { whyUnreadable } from '../../../src/codec/why-unreadable.ts';

/** Lists of one item within each other, each with a 32-bit size. */
function nestedLists(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 9 + 1);
  for (let level = 0; level < depth; level += 1) {
    const at = level * 9;
    bytes[at] = 0xd0;
    bytes.writeUInt32BE(bytes.length - at - 5, at + 1);
    bytes.writeUInt32BE(1, at + 5);
  }
  bytes[depth * 9] = 0x40;
  return bytes;
}

const hostile: Record<string, Buffer> = {
  'lists 8,000 deep': nestedLists(8_000),
  'lists 100,000 deep': nestedLists(100_000),
  'descriptors 100,000 deep': Buffer.alloc(100_000),
  'a map that counts 0xfffffff0': Buffer.from('d100000010fffffff0a1016b5401404040404040', 'hex'),
  'an unknown type': Buffer.from('5f00', 'hex'),
  'a list that counts 0xffffffff': Buffer.from('d000000008ffffffff40404040', 'hex'),
  'an array of 0x7fffffff nulls': Buffer.from('f0000000057fffffff40', 'hex'),
  'an array of 0x7fffffff empty lists': Buffer.from('f0000000057fffffff45', 'hex'),
  'a size of 4 GiB': Buffer.from('b0ffffffff00', 'hex'),
};

for (const [name, bytes] of Object.entries(hostile)) {
  test(`G11: ${name}: refused at once, with the reason and the place`, () => {
    const started = performance.now();
    for (const decode of [decodeValue, decodeTyped]) {
      assert.throws(
        () => decode(bytes),
        (error) => error instanceof CodecError && error.at >= 0 && error.at <= bytes.length,
      );
    }
    const message = Buffer.concat([Buffer.from('005377', 'hex'), bytes]);
    assert.notEqual(whyUnreadable(message), undefined);
    assert.ok(performance.now() - started < 500);
  });
}

test('stepping over a value needs no stack, however deep it is', () => {
  const deep = nestedLists(100_000);
  assert.equal(skipValue(deep, 0, deep.length), deep.length);
  assert.throws(() => skipValue(Buffer.alloc(1_000_000), 0, 1_000_000), CodecError);
});

test('G11: a message id that is a map spoils the properties and nothing else', () => {
  const message = new EncodedMessage(Buffer.from('005373c00601c103024041005375a00161', 'hex'));
  assert.equal(message.defect, undefined);
  assert.throws(() => message.properties, /messageId is not a ulong, uuid, binary or string \(byte 6\)/);
  assert.deepEqual(message.body, { kind: 'data', parts: [Buffer.from('a')] });
});
