import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EncodedMessage } from '../../../../src/codec/encoded-message.ts';
import { defaultOrderingKey } from '../../../../src/engine/reading/ordering-key.ts';
import { WorkerError } from '../../../../src/engine/errors.ts';
import { EventView } from '../../../../src/engine/handling/event-view.ts';
import { KeyFailure, orderingKeyOf } from '../../../../src/engine/handling/key.ts';
import { defineHandler } from '../../../../src/index.ts';
import { runHandler, testEvent } from '../../../../src/testing.ts';
import type { TestEventFields } from '../../../../src/testing.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../../support/events/event-corpus.ts';
import { receivedEvent } from '../../../support/received-event.ts';

const kafka = (key: unknown): TestEventFields => ({ annotations: { 'x-opt-kafka-key': key } });
const keyOf = (fields: TestEventFields): string | undefined => testEvent(fields).orderingKey;

describe('the ordering key of an event', () => {
  it("is the partition key, else Kafka's key, else the device", () => {
    const device = { 'iothub-connection-device-id': 'd-1', 'iothub-connection-module-id': 'm-1' };
    const both = { ...device, 'x-opt-kafka-key': Buffer.from('k-1') };
    assert.equal(keyOf({ partitionKey: 'p-1', annotations: both }), 'p-1');
    assert.equal(keyOf({ annotations: both }), 'k-1');
    assert.equal(keyOf({ annotations: device }), 'd-1');
    assert.equal(keyOf({ annotations: { other: 'x' } }), undefined);
    assert.equal(keyOf(kafka(null)), undefined);
    assert.equal(keyOf(kafka(new Uint8Array(0))), '');
  });

  it('tells keys of bytes apart from each other and from every text', () => {
    const bytes = [
      [0, 0, 0, 42],
      [0, 0, 1, 0xff],
      [0xff],
      [0xfe],
      [0xef, 0xbb, 0xbf, 0x61],
      [0x61],
      [0xef, 0xbf, 0xbd],
    ];
    const texts = ['0xff', 'ff', '000001ff', '\uFFFDff', 'a\u0000'];
    const keys = [
      ...bytes.map((key) => keyOf(kafka(Uint8Array.from(key)))),
      ...texts.map((key) => keyOf(kafka(key))),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it('looks at no annotation where there is a partition key', () => {
    const event = receivedEvent({ sequenceNumber: 1, partitionKey: 'p' });
    Object.defineProperty(event, 'message', { value: { annotation: () => assert.fail('was read') } });
    assert.equal(defaultOrderingKey(event), 'p');
  });

  it('is a failure where it cannot be read, so that the event becomes a dead letter', () => {
    const unreadable = new WorkerError('EHW_EVENT_UNDECODABLE', { reason: 'x' });
    const event = receivedEvent({ sequenceNumber: 1 });
    Object.defineProperty(event.message, 'annotation', {
      value: () => {
        throw unreadable;
      },
    });
    const key = orderingKeyOf(new EventView('0', event), undefined);
    assert.ok(key instanceof KeyFailure);
    assert.equal(key.error, unreadable);
  });
});

const senders: readonly (readonly [string, (key: string) => TestEventFields])[] = [
  ['a producer with partition keys', (partitionKey) => ({ partitionKey })],
  ['a Kafka producer', (key) => kafka(Buffer.from(key))],
  ['IoT Hub', (key) => ({ annotations: { 'iothub-connection-device-id': key } })],
];

for (const [sender, eventOf] of senders) {
  it(`G2: 40 events of one key from ${sender} run in order, one at a time, beside those of other keys`, async () => {
    const running = new Map<string, number>();
    const order = new Map<string, number[]>();
    let most = 0;
    const handler = defineHandler({
      async onEvent(event) {
        const key = event.orderingKey ?? '';
        assert.equal(running.get(key) ?? 0, 0, `two of ${key} at once`);
        running.set(key, 1);
        most = Math.max(most, [...running.values()].filter((count) => count > 0).length);
        for (let turns = event.sequenceNumber % 7; turns >= 0; turns -= 1) await new Promise(setImmediate);
        order.set(key, [...(order.get(key) ?? []), event.sequenceNumber]);
        running.set(key, 0);
      },
    });
    const keys = Array.from({ length: 120 }, (_, index) =>
      index % 3 === 0 ? 'customer-7' : `other-${index}`,
    );
    const run = await runHandler(handler, keys.map(eventOf));
    assert.equal(run.handled.length, 120);
    const numbers = order.get('customer-7') ?? [];
    assert.equal(numbers.length, 40);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.ok(most > 10, `only ${most} keys side by side`);
  });
}

it('G2: every event of the corpus whose order lies somewhere has an ordering key, and no other has one', () => {
  for (const event of loadEventCorpus()) {
    const message = new EncodedMessage(encodeCorpusEvent(event));
    const { partitionKey } = message.scanPosition();
    const key = defaultOrderingKey({ ...receivedEvent({ sequenceNumber: 1 }), partitionKey, message });
    assert.equal(key !== undefined, 'orderedBy' in event.expect, event.name);
  }
});
