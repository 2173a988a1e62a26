import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { BATCH_FORMAT, readBatch } from '../../../src/codec/batch.ts';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';
import { whyUnreadable } from '../../../src/codec/why-unreadable.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const message = (hex: string): EncodedMessage => new EncodedMessage(bytes(hex));

const whole: TypedMessage = {
  header: { durable: { type: 'boolean', value: true }, ttl: { type: 'uint', value: '60000' } },
  deliveryAnnotations: { hop: { type: 'int', value: '1' } },
  messageAnnotations: {
    'x-opt-partition-key': { type: 'string', value: 'k' },
    'x-opt-sequence-number': { type: 'long', value: '9007199254740991' },
    'x-opt-offset': { type: 'string', value: '12:34' },
    'x-opt-enqueued-time': { type: 'timestamp', value: '1772448000000' },
    'iothub-connection-device-id': { type: 'string', value: 'd1' },
  },
  properties: {
    messageId: { type: 'uuid', value: '0f8fad5b-d9cb-469f-a165-70867728950e' },
    userId: { type: 'binary', value: 'AQI=' },
    correlationId: { type: 'ulong', value: '18446744073709551615' },
    contentType: { type: 'symbol', value: 'text/plain' },
    creationTime: { type: 'timestamp', value: '1772448000000' },
    groupSequence: { type: 'uint', value: '7' },
  },
  applicationProperties: { a: { type: 'long', value: '9007199254740993' } },
  body: { data: ['aGVsbG8='] },
  footer: { crc: { type: 'uint', value: '1' } },
};

test('G11: every section is read where it lies in a larger buffer, each by itself', () => {
  const encoded = encodeMessage(whole);
  const larger = Buffer.concat([Buffer.alloc(5, 0xff), encoded, Buffer.alloc(5, 0xff)]);
  const read = new EncodedMessage(larger, 5, 5 + encoded.length);
  assert.equal(read.defect, undefined);
  assert.deepEqual(read.encoded, encoded);
  assert.deepEqual({ ...read.header }, { durable: true, ttlMs: 60_000 });
  assert.deepEqual({ ...read.deliveryAnnotations }, { hop: 1 });
  assert.deepEqual(
    { ...read.properties },
    {
      messageId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      userId: bytes('0102'),
      correlationId: 18_446_744_073_709_551_615n,
      contentType: 'text/plain',
      creationTime: new Date('2026-03-02T10:40:00Z'),
      groupSequence: 7,
    },
  );
  assert.deepEqual({ ...read.applicationProperties }, { a: 9_007_199_254_740_993n });
  assert.deepEqual({ ...read.footer }, { crc: 1 });
  assert.deepEqual(read.body, { kind: 'data', parts: [Buffer.from('hello')] });
  assert.equal(read.annotation('iothub-connection-device-id'), 'd1');
  assert.equal(read.annotation('iothub'), undefined);
  assert.equal(read.annotations['iothub-connection-device-id'], 'd1');
  assert.equal(read.properties, read.properties, 'decoded once');
});

test('G2: an annotation is found after the position was read, whatever else stands beside it', () => {
  const ofBroker = {
    'x-opt-partition-key': { type: 'string', value: 'k' },
    'x-opt-sequence-number': { type: 'long', value: '7' },
    'x-opt-offset': { type: 'string', value: '12:34' },
    'x-opt-enqueued-time': { type: 'timestamp', value: '1772448000000' },
  } as const;
  const key = { 'x-opt-kafka-key': { type: 'binary', value: 'a2V5' } } as const;
  const similar = { 'x-opt-partition-kez': { type: 'string', value: 'no' } } as const;
  for (const [annotations, expected] of [
    [ofBroker, undefined],
    [{ ...ofBroker, ...similar }, undefined],
    [{ ...key, ...ofBroker }, Buffer.from('key')],
    [{ ...ofBroker, ...similar, ...key }, Buffer.from('key')],
  ] as const) {
    const read = new EncodedMessage(encodeMessage({ ...whole, messageAnnotations: annotations }));
    assert.equal(read.scanPosition().offset, '12:34');
    assert.deepEqual(read.annotation('x-opt-kafka-key'), expected);
    assert.equal(read.annotation('x-opt-partition-key'), 'k');
    assert.equal(read.annotation('x-opt-offset'), '12:34');
  }
});

test('the position is read without the other annotations', () => {
  const { sequenceNumber, offset, enqueuedAtMs, partitionKey } = new EncodedMessage(
    encodeMessage(whole),
  ).scanPosition();
  assert.deepEqual(
    { sequenceNumber, offset, enqueuedAtMs, partitionKey },
    {
      sequenceNumber: 9_007_199_254_740_991,
      offset: '12:34',
      enqueuedAtMs: 1_772_448_000_000,
      partitionKey: 'k',
    },
  );
});

test('what the position cannot be is undefined, not wrong', () => {
  const position = new EncodedMessage(
    encodeMessage({
      messageAnnotations: {
        'x-opt-partition-key': { type: 'binary', value: 'AQ==' },
        'x-opt-sequence-number': { type: 'long', value: '9007199254740992' },
        'x-opt-offset': { type: 'long', value: '1' },
        'x-opt-enqueued-time': { type: 'long', value: '1' },
      },
    }),
  ).scanPosition();
  assert.equal(position.partitionKey, undefined);
  assert.equal(position.sequenceNumber, undefined);
  assert.equal(position.offset, undefined);
  assert.equal(position.enqueuedAtMs, undefined);
});

test('G11: a position in front of a fault is read, and the fault is known at once', () => {
  const encoded = encodeMessage(whole);
  const cut = new EncodedMessage(encoded, 0, encoded.length - 1);
  assert.match(cut.defect?.message ?? '', /a value reaches beyond its end/);
  assert.equal(cut.scanPosition().sequenceNumber, 9_007_199_254_740_991);
  assert.equal(cut.annotation('x-opt-offset'), '12:34');
  for (const read of [() => cut.header, () => cut.properties, () => cut.body, () => cut.annotations]) {
    assert.throws(read, CodecError);
  }
});

test('absent sections are empty, an absent body is none', () => {
  const empty = message('');
  assert.equal(empty.defect, undefined);
  assert.deepEqual(empty.body, { kind: 'none' });
  assert.deepEqual(Object.keys({ ...empty.header, ...empty.properties, ...empty.annotations }), []);
  assert.equal(empty.scanPosition().sequenceNumber, undefined);
});

test('sections come in any order', () => {
  const read = message('005375a00161 005374c10602a101625405');
  assert.deepEqual(read.body, { kind: 'data', parts: [Buffer.from('a')] });
  assert.deepEqual({ ...read.applicationProperties }, { b: 5 });
});

test('descriptors in every encoding name their section', () => {
  const data = (descriptor: string): unknown => message(`00${descriptor}a00161`).body;
  const expected = { kind: 'data', parts: [Buffer.from('a')] };
  const symbol = Buffer.from('amqp:data:binary').toString('hex');
  assert.deepEqual(data('5375'), expected);
  assert.deepEqual(data('800000000000000075'), expected);
  assert.deepEqual(data(`a310${symbol}`), expected);
  assert.deepEqual(data(`b300000010${symbol}`), expected);
  for (const other of ['5379', '44', '800000000100000075', 'a30161', '7000000075', 'a175']) {
    assert.ok(message(`00${other}a00161`).defect !== undefined, other);
  }
});

test('several data sections are several parts, several sequences several lists', () => {
  assert.deepEqual(message('005375a00161 005375b00000000162').body, {
    kind: 'data',
    parts: [Buffer.from('a'), Buffer.from('b')],
  });
  assert.deepEqual(message('005376c0020141 00537645').body, {
    kind: 'sequence',
    values: [[true], []],
  });
});

test('a null body is a value, and not an absent body', () => {
  assert.deepEqual(message('00537740').body, { kind: 'value', value: null });
  assert.deepEqual(message('005377a10161').body, { kind: 'value', value: 'a' });
});

test('G11: what would hide another part of the message is a defect', () => {
  const twice: Record<string, string> = {
    'two properties sections': '00537345 00537345',
    'two annotations sections': '005372c10100 005372c10100',
    'two value sections': '00537740 00537740',
    'data beside a value': '005375a000 00537740',
    'a sequence beside data': '00537645 005375a000',
    'no section': '40',
    'a section without a value': '005375',
  };
  for (const [what, hex] of Object.entries(twice)) {
    assert.ok(message(hex).defect !== undefined, what);
    assert.throws(() => decodeTypedMessage(bytes(hex)), CodecError, what);
    assert.notEqual(whyUnreadable(bytes(hex)), undefined, what);
  }
});

test('G11: fields of other types are refused one by one', () => {
  const refused: Record<string, string> = {
    'a message id that is a list': '005373c0020145',
    'a user id that is text': '005373c0050240a10161',
    'a content type that is a number': '005373c009074040404040405401',
    'more fields than there are': `005373c00f0e${'40'.repeat(14)}`,
    'properties that are a map': '005373c10100',
    'a priority that is a uint': '005370c003024043',
    'annotations that are a list': '00537245',
    'a name that is a number': '005374c1050254015401',
    'a name that is there twice': '005374c10904a1016141a1016142',
    'data that is text': '005375a10161',
    'a sequence that is a map': '005376c10100',
  };
  for (const [what, hex] of Object.entries(refused)) {
    const reason = whyUnreadable(bytes(hex));
    assert.match(reason ?? '', /\(byte \d+\)$/, what);
  }
});

test('nulls stand for absent fields and empty maps', () => {
  assert.deepEqual({ ...message('005373c0020140').properties }, {});
  assert.deepEqual({ ...message('00537240').annotations }, {});
  assert.deepEqual({ ...message('00537340').properties }, {});
});

test('a batch is the messages in its data sections', () => {
  const one = encodeMessage({ body: { data: ['YQ=='] } });
  const two = encodeMessage({ body: { value: { type: 'null' } } });
  const batch = encodeMessage({ body: { data: [one, two] } });
  const found = readBatch(batch).map(([from, to]) => new EncodedMessage(batch, from, to));
  assert.deepEqual(
    found.map((inner) => inner.encoded),
    [one, two],
  );
  assert.equal(BATCH_FORMAT, 0x80_01_37_00);
});
