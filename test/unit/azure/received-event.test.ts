// An event that the SDK decoded is encoded again, so that the fallback path gives what the other one gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedEventData } from '@azure/event-hubs';
import { toReceivedEvent } from '../../../src/azure/received-event.ts';

type RawMessage = ReturnType<ReceivedEventData['getRawAmqpMessage']>;

function eventOf(raw: Omit<RawMessage, 'body'>, body: unknown): ReceivedEventData {
  return {
    body,
    offset: '120',
    sequenceNumber: 2 ** 40,
    enqueuedTimeUtc: new Date(3),
    partitionKey: 'customer',
    getRawAmqpMessage: () => ({ ...raw, body }),
  };
}

test('position, sections and bodies are those that the SDK read', () => {
  const event = toReceivedEvent(
    eventOf(
      {
        bodyType: 'data',
        header: { deliveryCount: 2, durable: true },
        properties: {
          messageId: 7,
          correlationId: Buffer.from('ab'),
          contentType: 'text/plain',
          subject: 's',
        },
        applicationProperties: { bytes: Buffer.from([1, 2]), big: 2 ** 40, when: new Date(9), none: null },
        messageAnnotations: { 'iothub-connection-device-id': 'thermostat' },
      },
      Buffer.from('xyz'),
    ),
  );
  const { sequenceNumber, offset, enqueuedAtMs, partitionKey, defect, message } = event;
  assert.deepEqual(
    [sequenceNumber, offset, enqueuedAtMs, partitionKey, defect],
    [2 ** 40, '120', 3, 'customer', undefined],
  );
  assert.equal(event.sizeBytes, message.encoded.length);
  assert.deepEqual(message.body, { kind: 'data', parts: [Buffer.from('xyz')] });
  assert.deepEqual({ ...message.header }, { deliveryCount: 2, durable: true });
  assert.equal(message.properties.messageId, 7);
  assert.deepEqual(Buffer.from(message.properties.correlationId as Uint8Array).toString(), 'ab');
  assert.equal(message.properties.contentType, 'text/plain');
  assert.deepEqual([...(message.applicationProperties['bytes'] as Uint8Array)], [1, 2]);
  assert.equal(message.applicationProperties['big'], 2 ** 40);
  assert.deepEqual(message.applicationProperties['when'], new Date(9));
  assert.equal(message.annotation('iothub-connection-device-id'), 'thermostat');
  assert.equal(message.annotation('x-opt-sequence-number'), 2 ** 40);
});

test('bodies that are no data section stay values', () => {
  const value = toReceivedEvent(eventOf({ bodyType: 'value' }, { a: [1, 'two'] }));
  assert.deepEqual(JSON.parse(JSON.stringify(value.message.body)), {
    kind: 'value',
    value: { a: [1, 'two'] },
  });
  const parts = toReceivedEvent(eventOf({ bodyType: 'data' }, [Buffer.from('a'), Buffer.from('b')]));
  assert.equal(parts.message.body.kind === 'data' && parts.message.body.parts.length, 2);
  const sequence = toReceivedEvent(eventOf({ bodyType: 'sequence' }, [[1, 2], [3]]));
  assert.deepEqual(sequence.message.body, { kind: 'sequence', values: [[1, 2], [3]] });
});

test('G11: what has no encoding is an event that cannot be read, at its position', () => {
  const event = toReceivedEvent(eventOf({ bodyType: 'value', applicationProperties: { f: () => 0 } }, 'x'));
  assert.match(event.defect ?? '', /cannot be encoded again/);
  assert.equal(event.sequenceNumber, 2 ** 40);
  assert.equal(event.message.annotation('x-opt-offset'), '120');
});
