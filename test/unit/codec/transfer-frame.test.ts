// The head of a transfer as any legal encoder may write it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { TransferFrame } from '../../../src/codec/transfer-frame.ts';

function frame(hex: string, channel = 1): Buffer {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes[4] = 2;
  bytes.writeUInt16BE(channel, 6);
  body.copy(bytes, 8);
  return bytes;
}

function read(hex: string): (number | boolean | string)[] | false {
  const bytes = frame(hex);
  const transfer = new TransferFrame();
  if (!transfer.read(bytes, 0, bytes.length)) return false;
  const { channel, handle, deliveryId, messageFormat, isSettled, hasMore, isAborted, payload } = transfer;
  return [
    channel,
    handle,
    deliveryId,
    messageFormat,
    isSettled,
    hasMore,
    isAborted,
    bytes.toString('hex', payload),
  ];
}

test('reads every legal encoding of a transfer', () => {
  const symbol = Buffer.from('amqp:transfer:list').toString('hex');
  const cases: [hex: string, expected: unknown][] = [
    ['005314 c00905 43 5205 a00101 43 41 cafe', [1, 0, 5, 0, true, false, false, 'cafe']],
    ['005314 c00a06 43 5205 a00101 43 42 41', [1, 0, 5, 0, false, true, false, '']],
    [
      '005314 d00000000f00000003 7000000007 70fffffffe 40 99',
      [1, 7, 0xfffffffe, -1, false, false, false, '99'],
    ],
    ['00800000000000000014 c00302 4343', [1, 0, 0, -1, false, false, false, '']],
    [`00a312${symbol} c00201 43`, [1, 0, -1, -1, false, false, false, '']],
    [`00b300000012${symbol} c00201 43`, [1, 0, -1, -1, false, false, false, '']],
    ['005314 c00d0a 43 43 40 43 5600 5601 40 40 42 41', [1, 0, 0, 0, false, true, true, '']],
    ['005314 c00e0b 43 43 40 43 5600 5601 40 40 42 41 41', [1, 0, 0, 0, false, true, true, '']],
  ];
  for (const [hex, expected] of cases) assert.deepEqual(read(hex), expected, hex);
});

test('other frames are no transfers', () => {
  for (const hex of [
    '',
    '005313 c00201 43',
    '45',
    '00800000000100000014 c00201 43',
    '00a303616263 c00201 43',
  ]) {
    assert.equal(read(hex), false, hex);
  }
});

test('a transfer that is none is an error, never a read beyond its end', () => {
  for (const hex of [
    '005314',
    '005314 45',
    '005314 c00100',
    '005314 c00201 40',
    '005314 c0ff01 43',
    '005314 a10143',
    '005314 c00301 5f00',
    '005314 c00301 4142',
    '005314 c00503 43 4143 40',
    '0053',
  ]) {
    assert.throws(() => read(hex), CodecError, hex);
  }
});
