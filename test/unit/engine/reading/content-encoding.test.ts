import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { maxDecodedBytes } from '../../../../src/engine/reading/content-encoding.ts';
import { PermanentError } from '../../../../src/index.ts';
import { runHandler, testEvent } from '../../../../src/testing.ts';
import type { TestEventFields } from '../../../../src/testing.ts';

const json = '{"order":21,"note":"Größe 3½"}';
const plain = Buffer.from(json);
const order = { order: 21, note: 'Größe 3½' };
/** One literal of 33 bytes, as google/snappy writes it. */
const snappy = Buffer.concat([Buffer.from([plain.length, (plain.length - 1) << 2]), plain]);

describe('a compressed body', () => {
  const bodies: readonly (readonly [string, Uint8Array])[] = [
    ['gzip', gzipSync(plain)],
    ['GZip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['zstd', zstdCompressSync(plain)],
    ['snappy', snappy],
    ['gzip, br', brotliCompressSync(gzipSync(plain))],
    ['identity', plain],
    ['gzip, identity', gzipSync(plain)],
    ['utf-8', plain],
    ['gzip, utf-8', gzipSync(plain)],
    ['8bit', plain],
  ];
  for (const [contentEncoding, body] of bodies) {
    it(`is read through ${contentEncoding}, and kept as it came`, () => {
      const event = testEvent({ contentEncoding, body });
      assert.equal(event.text(), json);
      assert.deepEqual(event.data, order);
      assert.deepEqual(event.records(), [order]);
      assert.deepEqual(Buffer.from(event.content()), plain);
      assert.deepEqual(event.body, body);
    });
  }

  it('is recognised without a label where no text begins so', () => {
    assert.deepEqual(testEvent({ body: gzipSync(plain) }).json(), order);
    assert.deepEqual(testEvent({ body: zstdCompressSync(plain) }).json(), order);
    // Two bytes of a gzip header and no more: no error, just bytes.
    const broken = Uint8Array.of(0x1f, 0x8b, 0x08, 1, 2, 3);
    assert.deepEqual(testEvent({ body: broken }).content(), broken);
  });

  it('is read where Kafka names the encoding: in a header of bytes', () => {
    const properties = {
      'Content-Encoding': Buffer.from('gzip'),
      'content-type': Buffer.from('application/json'),
    };
    assert.deepEqual(testEvent({ properties, body: gzipSync(plain) }).data, order);
  });

  it('may be empty', () => {
    assert.equal(testEvent({ contentEncoding: 'gzip', body: '' }).text(), '');
  });

  it('keeps distances of every size, and copies that overlap', () => {
    // "abcabcabcabc" as three literals and a copy of nine bytes from three back, then a two-byte copy from one back.
    const body = Uint8Array.of(14, 0x08, 0x61, 0x62, 0x63, 0x15, 0x03, 0x06, 0x01, 0x00);
    assert.equal(testEvent({ contentEncoding: 'snappy', body }).text(), 'abcabcabcabccc');
  });
});

describe('a compressed body that cannot be decoded', () => {
  const cases: readonly (readonly [string, TestEventFields, RegExp])[] = [
    [
      'is no gzip',
      { contentEncoding: 'gzip', body: plain },
      /content encoding gzip\) cannot be decoded: incorrect header/,
    ],
    [
      'ends too early',
      { contentEncoding: 'gzip', body: gzipSync(plain).subarray(0, 20) },
      /unexpected end of file/,
    ],
    [
      'is no brotli',
      { contentEncoding: 'br', body: Uint8Array.of(0xff, 0xff, 1) },
      /content encoding br\) cannot be decoded/,
    ],
    [
      'is a snappy block cut off',
      { contentEncoding: 'snappy', body: snappy.subarray(0, 9) },
      /unexpected end of snappy/,
    ],
    [
      'copies from nowhere',
      { contentEncoding: 'snappy', body: Uint8Array.of(4, 0x01, 0x05) },
      /before the beginning/,
    ],
    [
      'says too little',
      { contentEncoding: 'snappy', body: Uint8Array.of(1, 0x08, 1, 2, 3) },
      /longer than it says/,
    ],
    [
      'names what nobody knows',
      { contentEncoding: 'lz4', body: Uint8Array.of(0xff, 1) },
      /content encoding "lz4", which/,
    ],
    [
      'is wrapped too often',
      { contentEncoding: 'gzip,gzip,gzip,gzip,gzip', body: plain },
      /claims 5 content encodings/,
    ],
  ];
  for (const [why, fields, expected] of cases) {
    it(`is told with what it claims when it ${why}`, () => {
      for (const read of [() => testEvent(fields).text(), () => testEvent(fields).data]) {
        assert.throws(read, (error) => error instanceof PermanentError && expected.test(error.message));
      }
    });
  }
});

describe('a body that grows without end', () => {
  const bombs: readonly (readonly [string | undefined, Uint8Array])[] = [
    ['gzip', gzipSync(Buffer.alloc(maxDecodedBytes + 1))],
    [undefined, gzipSync(Buffer.alloc(maxDecodedBytes + 1))],
    ['deflate', deflateSync(Buffer.alloc(maxDecodedBytes + 1))],
    ['br', brotliCompressSync(Buffer.alloc(maxDecodedBytes + 1))],
    ['zstd', zstdCompressSync(Buffer.alloc(maxDecodedBytes + 1))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(maxDecodedBytes + 1)))],
    ['snappy', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00)],
  ];
  for (const [contentEncoding, body] of bombs) {
    it(`is a dead letter that tells the bound (${contentEncoding ?? 'unlabelled gzip'})`, async () => {
      const event = testEvent({ body, ...(contentEncoding === undefined ? {} : { contentEncoding }) });
      const run = await runHandler({ onEvent: (event) => void event.json() }, [
        event,
        testEvent({ body: '1' }),
      ]);
      assert.equal(run.handled.length, 1);
      assert.equal(run.deadLetters[0]?.reason, 'permanent');
      assert.match(run.deadLetters[0].error, /is larger than 16777216 bytes when decoded/);
      assert.ok(JSON.stringify(event).length < 1000);
    });
  }

  it('is read by a handler that allows more', () => {
    const event = testEvent({ contentEncoding: 'gzip', body: gzipSync(Buffer.alloc(maxDecodedBytes + 1)) });
    assert.equal(event.content(2 * maxDecodedBytes).byteLength, maxDecodedBytes + 1);
  });
});
