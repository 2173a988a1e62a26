// Events of other producers than the SDKs, and numbers that are never delivered, as the SDK's consumer sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { HUB, consumerFor, emulatorFor, preload, take } from './emulator-fixture.ts';

test('a record of a Kafka producer: bytes as headers, a key of its own, no content type, a tombstone', async (t) => {
  const emulator = await emulatorFor(t);
  const hub = emulator.hub(HUB);
  hub.appendKafka('0', {
    key: 'customer-7',
    value: '{"a":1}',
    headers: { source: 'shop', empty: '', none: null },
  });
  hub.appendKafka('0', { key: Buffer.from([1, 2]), value: null });
  const [event, tombstone] = await take(consumerFor(emulator), '0', 2);
  const message = event?.getRawAmqpMessage();
  assert.deepEqual(message?.messageAnnotations?.['x-opt-kafka-key'], Buffer.from('customer-7'));
  assert.deepEqual(message?.applicationProperties, {
    source: Buffer.from('shop'),
    empty: Buffer.alloc(0),
    none: null,
  });
  assert.equal(event?.contentType, undefined);
  assert.equal(event?.partitionKey ?? undefined, undefined);
  assert.deepEqual(event?.body, { a: 1 });
  assert.equal(tombstone?.body ?? null, null);
});

test('gaps: compacted events and markers are passed over, also at the end', async (t) => {
  const emulator = await emulatorFor(t);
  const hub = emulator.hub(HUB);
  for (const partitionKey of ['a', 'b', 'a', 'c']) hub.append('0', { body: 1, partitionKey });
  assert.equal(hub.compact('0'), 1);
  assert.equal(
    hub.erase('0', (sequenceNumber) => sequenceNumber === 3),
    1,
  );
  hub.appendMarkers('0', 2);
  hub.append('0', { body: 'after the markers' });
  hub.appendMarkers('0', 1);
  const consumer = consumerFor(emulator);
  const events = await take(consumer, '0', 3);
  assert.deepEqual(
    events.map(({ sequenceNumber }) => sequenceNumber),
    [1, 2, 6],
  );
  const { lastEnqueuedSequenceNumber } = await consumer.getPartitionProperties('0');
  assert.equal(lastEnqueuedSequenceNumber, 7, 'a number that nobody will ever get');
  preload(emulator, '0', 1);
  const [next] = await take(consumer, '0', 1, { startPosition: { sequenceNumber: 6 } });
  assert.equal(next?.sequenceNumber, 8);
});

test('a whole encoded message is delivered as it was given', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.hub(HUB).appendEncoded(
    '0',
    encodeMessage({
      body: { sequence: [[{ type: 'int', value: '1' }], [{ type: 'string', value: 'x' }]] },
    }),
  );
  const [event] = await take(consumerFor(emulator), '0', 1);
  assert.equal(event?.getRawAmqpMessage().bodyType, 'sequence');
});
