// The official JS SDK, unmodified: producer, buffered producer, consumer, properties.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventHubBufferedProducerClient, EventHubConsumerClient } from '@azure/event-hubs';
import { partitionOfKey } from '../../../src/emulator/hubs/partition-key.ts';
import {
  HUB,
  NO_RETRIES,
  closeBefore,
  consumerFor,
  emulatorFor,
  preload,
  producerFor,
  read,
  take,
  until,
} from './emulator-fixture.ts';

test('the hub tells its name, partitions and creation time, whatever case it is asked in', async (t) => {
  const nowMs = Date.now();
  const emulator = await emulatorFor(t, { hubs: [{ name: 'Orders', partitionCount: 3 }] });
  const properties = await producerFor(emulator, 'oRDERS').getEventHubProperties();
  assert.equal(properties.name, 'Orders');
  assert.deepEqual(properties.partitionIds, ['0', '1', '2']);
  assert.ok(properties.createdOn.getTime() >= nowMs);
  assert.equal(properties.isGeoDrEnabled, false);
});

test('a partition tells where it begins and ends, empty and used', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = producerFor(emulator);
  const unused = await producer.getPartitionProperties('2');
  assert.equal(unused.beginningSequenceNumber, -1);
  assert.equal(unused.lastEnqueuedSequenceNumber, -1);
  assert.equal(unused.lastEnqueuedOffset, '-1');
  assert.equal(unused.isEmpty, true);
  preload(emulator, '2', 5);
  emulator.hub(HUB).expire('2', 2);
  const used = await producer.getPartitionProperties('2');
  assert.equal(used.beginningSequenceNumber, 2);
  assert.equal(used.lastEnqueuedSequenceNumber, 4);
  assert.equal(used.lastEnqueuedOffset, emulator.hub(HUB).partition('2').lastOffset);
  assert.equal(used.isEmpty, false);
  assert.ok(Math.abs(used.lastEnqueuedOnUtc.getTime() - Date.now()) < 10_000);
});

test('events go round robin, to the partition of their key, or where they are told', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = producerFor(emulator);
  for (let index = 0; index < 8; index += 1) await producer.sendBatch([{ body: index }]);
  assert.deepEqual(
    emulator.hub(HUB).partitions.map((partition) => partition.eventCount),
    [2, 2, 2, 2],
  );
  await producer.sendBatch([{ body: 'p' }], { partitionId: '3' });
  assert.equal(emulator.hub(HUB).partition('3').eventCount, 3);
  for (const partitionKey of ['a', 'customer-17', 'Zürich', 'x'.repeat(100)]) {
    const id = String(partitionOfKey(partitionKey, 4));
    const before = emulator.hub(HUB).partition(id).eventCount;
    await producer.sendBatch([{ body: 'k' }, { body: 'k' }], { partitionKey });
    assert.equal(emulator.hub(HUB).partition(id).eventCount, before + 2, partitionKey);
  }
});

test('what was sent is what arrives: body, properties, ids, key and position', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = producerFor(emulator);
  const sent = {
    body: { total: 17.5, text: 'Grüße', list: [1, 2] },
    properties: { tenant: 't1', attempt: 3, flag: true, when: new Date(1_700_000_000_000) },
    messageId: 'm-1',
    correlationId: 'c-1',
    contentType: 'application/json',
  };
  await producer.sendBatch([sent, { body: Buffer.from([0, 255, 7]) }], { partitionKey: 'k' });
  const id = String(partitionOfKey('k', 4));
  const [first, second] = await take(consumerFor(emulator), id, 2);
  assert.deepEqual(first?.body, sent.body);
  assert.deepEqual(first?.properties, { ...sent.properties, when: 1_700_000_000_000 });
  assert.equal(first?.messageId, 'm-1');
  assert.equal(first?.correlationId, 'c-1');
  assert.equal(first?.contentType, 'application/json');
  assert.equal(first?.partitionKey, 'k');
  assert.equal(first?.sequenceNumber, 0);
  assert.equal(first?.offset, '0');
  assert.ok(Math.abs((first?.enqueuedTimeUtc.getTime() ?? 0) - Date.now()) < 10_000);
  assert.equal(second?.sequenceNumber, 1);
  assert.deepEqual(Buffer.from(second?.body), Buffer.from([0, 255, 7]));
});

test('the buffered producer works, and its partitions for keys are ours', async (t) => {
  const emulator = await emulatorFor(t);
  const failures: unknown[] = [];
  const producer = new EventHubBufferedProducerClient(emulator.connectionString(HUB), {
    onSendEventsErrorHandler: ({ error }) => failures.push(error),
  });
  closeBefore(emulator, () => producer.close({ flush: false }));
  for (let index = 0; index < 40; index += 1) {
    await producer.enqueueEvent({ body: index }, { partitionKey: `key-${index % 7}` });
  }
  await producer.flush();
  assert.deepEqual(failures, []);
  // It hashes the keys itself and sends to partitions, so a different hash of ours would show here.
  const expected = [0, 0, 0, 0];
  for (let index = 0; index < 40; index += 1) {
    const partition = partitionOfKey(`key-${index % 7}`, 4);
    expected[partition] = (expected[partition] ?? 0) + 1;
  }
  assert.deepEqual(
    emulator.hub(HUB).partitions.map((partition) => partition.eventCount),
    expected,
  );
});

test('several readers and groups each get everything', async (t) => {
  const emulator = await emulatorFor(t, {
    hubs: [{ name: HUB, partitionCount: 1, consumerGroups: ['Audit'] }],
  });
  preload(emulator, '0', 50);
  const readers = [{}, { identifier: 'second' }, { group: 'audit', identifier: 'third' }];
  const taken = await Promise.all(readers.map((who) => take(consumerFor(emulator, who), '0', 50)));
  for (const events of taken) {
    assert.deepEqual(
      events.map((event) => event.sequenceNumber),
      [...Array(50).keys()],
    );
  }
});

test('an unknown hub, group or partition is refused with the code the SDK knows', async (t) => {
  const emulator = await emulatorFor(t);
  await assert.rejects(producerFor(emulator, 'nothing').getEventHubProperties(), {
    code: 'MessagingEntityNotFoundError',
  });
  await assert.rejects(producerFor(emulator).getPartitionProperties('9'), {
    code: 'ArgumentOutOfRangeError',
  });
  await assert.rejects(producerFor(emulator).sendBatch([{ body: 1 }], { partitionId: '9' }), {
    code: 'ArgumentOutOfRangeError',
  });
  for (const [group, partitionId, code] of [
    ['nobody', '0', 'MessagingEntityNotFoundError'],
    ['$default', '9', 'ArgumentOutOfRangeError'],
  ] as const) {
    const reading = read(consumerFor(emulator, { group }), partitionId);
    await until(
      `${code} for ${group}/${partitionId}`,
      () => reading.errors.some((error) => error.code === code),
      reading,
    );
    await reading.close();
  }
});

test('last enqueued event properties come with each event when they are asked for', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 10);
  const consumer = new EventHubConsumerClient('$Default', emulator.connectionString(HUB), {
    retryOptions: { ...NO_RETRIES },
  });
  closeBefore(emulator, () => consumer.close());
  const seen = Promise.withResolvers<unknown>();
  const subscription = consumer.subscribe(
    '0',
    {
      processEvents: async (_events, context) => seen.resolve({ ...context.lastEnqueuedEventProperties }),
      processError: async (error) => seen.reject(error),
    },
    { startPosition: { sequenceNumber: 7 }, trackLastEnqueuedEventProperties: true, maxBatchSize: 5 },
  );
  const { sequenceNumber, offset, enqueuedOn, retrievedOn } = (await seen.promise) as Record<string, unknown>;
  const { lastOffset, lastEnqueuedAtMs } = emulator.hub(HUB).partition('0');
  assert.equal(sequenceNumber, 9);
  assert.equal(offset, lastOffset);
  assert.deepEqual(enqueuedOn, new Date(lastEnqueuedAtMs));
  assert.ok(retrievedOn instanceof Date);
  await subscription.close();
});

test('an event of a megabyte comes through whole, one above it is refused', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = producerFor(emulator);
  const large = Buffer.alloc(1_000_000, 'x');
  await producer.sendBatch([{ body: large }], { partitionId: '1' });
  const [event] = await take(consumerFor(emulator), '1', 1);
  assert.equal(Buffer.compare(Buffer.from(event?.body), large), 0);
  assert.equal((await producer.createBatch()).maxSizeInBytes, 1_048_576);
  const startedAt = Date.now();
  await assert.rejects(producer.sendBatch([{ body: Buffer.alloc(1_100_000) }]), {
    code: 'MessageTooLargeError',
  });
  assert.ok(Date.now() - startedAt < 4000, 'refused at once, not after a time-out');
  await producer.sendBatch([{ body: 'the next one goes through' }]);
});
