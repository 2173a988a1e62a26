// Frames out of a byte stream, in whatever pieces it comes, and nothing kept of what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader } from '../../../src/azure/frame-reader.ts';

const header = Buffer.from('AMQP\u0000\u0001\u0000\u0000', 'latin1');
const maxFrameBytes = 1024;

function frame(size: number, fill: number): Buffer {
  const bytes = Buffer.alloc(size, fill);
  bytes.writeUInt32BE(size, 0);
  bytes[4] = 2;
  return bytes;
}

function read(stream: Buffer, sizes: (at: number) => number): Buffer[] {
  const taken: Buffer[] = [];
  const reader = new FrameReader(maxFrameBytes, (bytes, from, to) =>
    taken.push(Buffer.from(bytes.subarray(from, to))),
  );
  for (let at = 0; at < stream.length;) {
    const size = Math.max(1, sizes(at));
    // A chunk of its own memory, as a socket gives it.
    reader.read(Buffer.from(stream.subarray(at, at + size)));
    at += size;
  }
  return taken;
}

const frames = [
  header,
  frame(8, 0),
  frame(9, 1),
  frame(1024, 2),
  frame(100, 3),
  frame(8, 0),
  header,
  frame(500, 4),
];
const stream = Buffer.concat(frames);

test('gives the same headers and frames for chunks of every size', () => {
  for (let size = 1; size <= stream.length; size += 1) {
    assert.deepEqual(
      read(stream, () => size),
      frames,
      `chunks of ${size}`,
    );
  }
});

test('gives them for chunks that end around every boundary', () => {
  let boundary = 0;
  for (const one of frames) {
    boundary += one.length;
    for (const beside of [-1, 1, 4, 7]) {
      const end = boundary + beside;
      assert.deepEqual(
        read(stream, (at) => (at < end ? end - at : stream.length)),
        frames,
        `chunks up to ${end}`,
      );
    }
  }
});

test('G7: what is no AMQP is refused with its first bytes, before anything is kept for it', () => {
  const refused: [name: string, hex: string, message: RegExp][] = [
    [
      'another protocol',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n').toString('hex'),
      /no AMQP, but "HTTP\/1.1/,
    ],
    ['two bytes of another protocol', '1603', /no AMQP/],
    ['a frame of nothing first', '0000000002010000', /no AMQP/],
    ['a frame of nothing', `${header.toString('hex')}0000000002010000`, /a frame of 0 bytes/],
    ['a frame smaller than its head', `${header.toString('hex')}0000000702000000`, /a frame of 7 bytes/],
    [
      'two GiB',
      `${header.toString('hex')}7fffffff02000000`,
      /a frame of 2147483647 bytes where at most 1024/,
    ],
    ['one byte too many', `${header.toString('hex')}0000040102000000`, /a frame of 1025 bytes/],
    ['data before its head', `${header.toString('hex')}0000000c0100000000000000`, /data offset 1/],
    ['data beyond its end', `${header.toString('hex')}0000000c0400000000000000`, /data offset 4/],
  ];
  for (const [name, hex, message] of refused) {
    const bytes = Buffer.from(hex, 'hex');
    assert.throws(() => read(bytes, () => bytes.length), { message }, name);
    for (const size of [1, 7, 8, 9]) {
      assert.throws(
        () => read(bytes, () => size),
        { code: 'EHW_CONNECTION_PROTOCOL' },
        `${name}, chunks of ${size}`,
      );
    }
  }
});
