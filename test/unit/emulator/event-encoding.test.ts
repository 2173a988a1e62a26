import assert from 'node:assert/strict';
import { test } from 'node:test';
import rhea from 'rhea';
import * as fc from 'fast-check';
import { BATCH_FORMAT } from '../../../src/codec/batch.ts';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { readIncoming } from '../../../src/emulator/amqp/event-encoding.ts';
import type { EncodedEvent } from '../../../src/emulator/amqp/event-encoding.ts';

const POSITION = { sequenceNumber: 5_000_000_000, offset: 123_456, enqueuedAtMs: 1_700_000_000_123 };

/** rhea's typings of a decoded message are an index signature: what these tests look at. */
interface Received {
  readonly message_id?: unknown;
  readonly durable?: unknown;
  readonly application_properties?: unknown;
  readonly delivery_annotations?: unknown;
  readonly message_annotations?: Record<string, unknown>;
  readonly body: { readonly content: Buffer | readonly unknown[] };
}

function decode(event: EncodedEvent): Received {
  const target = Buffer.alloc(event.maxBytes);
  const end = event.write(target, 0, POSITION);
  assert.ok(end <= event.maxBytes, 'maxBytes is a bound');
  return rhea.message.decode(target.subarray(0, end)) as unknown as Received;
}

function encode(message: object): Buffer {
  return rhea.message.encode(message);
}

function body(text: string): unknown {
  return rhea.message.data_section(Buffer.from(text));
}

function onlyEvent(bytes: Buffer): EncodedEvent {
  const [event] = readIncoming(bytes, 0).events;
  assert.ok(event !== undefined);
  return event;
}

test('an event is stored as sent, with sequence number, offset and time added', () => {
  const sent = encode({
    message_id: 'm1',
    content_type: 'application/json',
    durable: true,
    application_properties: { a: 1, b: 'two' },
    message_annotations: { 'x-opt-partition-key': 'k', custom: 7 },
    body: body('hello'),
  });
  const received = decode(onlyEvent(sent));
  assert.equal(received.message_id, 'm1');
  assert.equal(received.durable, true);
  assert.deepEqual(received.application_properties, { a: 1, b: 'two' });
  assert.deepEqual(received.message_annotations, {
    'x-opt-partition-key': 'k',
    custom: 7,
    'x-opt-sequence-number': POSITION.sequenceNumber,
    'x-opt-offset': '123456',
    'x-opt-enqueued-time': new Date(POSITION.enqueuedAtMs),
  });
  assert.equal(received.body.content.toString(), 'hello');
});

test('a forwarded event gets a new position', () => {
  const sent = encode({
    message_annotations: {
      'x-opt-offset': 'old',
      'x-opt-sequence-number': 1,
      'x-opt-enqueued-time': 2,
      kept: 3,
    },
    body: body('x'),
  });
  assert.deepEqual(decode(onlyEvent(sent)).message_annotations, {
    kept: 3,
    'x-opt-sequence-number': POSITION.sequenceNumber,
    'x-opt-offset': '123456',
    'x-opt-enqueued-time': new Date(POSITION.enqueuedAtMs),
  });
});

test('delivery annotations go on to consumers, wherever in the message they stood', () => {
  const inFront = encode({ delivery_annotations: { hop: 1 }, body: body('x') });
  const without = encode({ body: body('x') });
  const at = inFront.indexOf(Buffer.from([0x00, 0x53, 0x71]));
  const section = inFront.subarray(at, at + inFront.length - without.length);
  for (const sent of [inFront, Buffer.concat([without, section])]) {
    assert.deepEqual(decode(onlyEvent(sent)).delivery_annotations, { hop: 1 });
  }
});

test('a batch is its events in order, and its partition key is on each of them', () => {
  const inner = ['a', 'b', 'c'].map((text) => encode({ body: body(text) }));
  const batch = encode({
    message_annotations: { 'x-opt-partition-key': 'key' },
    body: rhea.message.data_sections(inner),
  });
  const { events, partitionKey } = readIncoming(batch, BATCH_FORMAT);
  assert.equal(partitionKey, 'key');
  const decoded = events.map(decode);
  assert.deepEqual(
    decoded.map((event) => event.body.content.toString()),
    ['a', 'b', 'c'],
  );
  assert.ok(decoded.every((event) => event.message_annotations?.['x-opt-partition-key'] === 'key'));
});

test('values and sequences as bodies are kept', () => {
  assert.deepEqual(decode(onlyEvent(encode({ body: { nested: [1, 'x'] } }))).body, { nested: [1, 'x'] });
  const sequence = encode({ body: rhea.message.sequence_section([1, 2]) });
  assert.deepEqual(decode(onlyEvent(sequence)).body.content, [1, 2]);
});

test('long keys and properties need no short encodings', () => {
  const key = 'k'.repeat(300);
  const inner = encode({ application_properties: { long: 'v'.repeat(1000) }, body: body('x') });
  const batch = encode({
    message_annotations: { 'x-opt-partition-key': key },
    body: rhea.message.data_sections([inner]),
  });
  const [event] = readIncoming(batch, BATCH_FORMAT).events;
  assert.ok(event !== undefined);
  assert.equal(decode(event).message_annotations?.['x-opt-partition-key'], key);
});

test('bytes that are no message are refused with a CodecError, never anything else', () => {
  const valid = encode({
    message_annotations: { a: 1 },
    application_properties: { b: 2 },
    body: body('hello'),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 64 }),
        fc.nat({ max: valid.length - 1 }).map((length) => valid.subarray(0, length)),
        fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })).map(([at, value]) => {
          const broken = Buffer.from(valid);
          broken[at] = value;
          return broken;
        }),
      ),
      fc.constantFrom(0, BATCH_FORMAT),
      (bytes, format) => {
        try {
          readIncoming(Buffer.from(bytes), format);
        } catch (error) {
          assert.ok(error instanceof CodecError, String(error));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('a batch without events is refused', () => {
  assert.throws(() => readIncoming(encode({ body: 'text' }), BATCH_FORMAT), /holds no events/);
});
