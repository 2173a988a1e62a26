// Dead letters over Azurite: everything of an event comes back, a position has one letter, replays are written down.

import { plainMessage } from '../../../src/engine/plain-message.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeadLetterStore } from '../../../src/azure/dead-letter-store.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { group, noAbort, prefix, storeIn } from './store-fixture.ts';

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

function letterAt(
  sequenceNumber: number,
  partitionId = '2',
  error = 'out of stock: \u00e9\u{1f4a5}',
): DeadLetter {
  return {
    partitionId,
    reason: 'exhausted',
    error,
    attempts: 5,
    deadLetteredAtMs: 1_790_000_000_000,
    workerId: 'pod-1',
    event: {
      sequenceNumber,
      offset: '4711',
      enqueuedAtMs: 1_780_000_000_000,
      partitionKey: 'customer-1',
      sizeBytes: 4,
      defect: undefined,
      message: plainMessage({
        body: Buffer.from([0, 1, 254, 255]),
        properties: { messageId: 'm-1' },
        applicationProperties: {
          region: 'eu',
          big: 2n ** 60n,
          at: new Date(0),
          bytes: Buffer.from('xy'),
          list: [1, null, { deep: Number.NaN }],
        },
        annotations: { 'x-opt-extra': 1 },
      }),
    },
  };
}

test('a letter comes back with every field and type', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  await store.put(letterAt(17), noAbort);
  const read = await store.read('2', 17, noAbort);
  assert.deepEqual(read && seen(read), seen(letterAt(17)));
  assert.equal(await store.read('2', 18, noAbort), undefined);
});

test('creates its container when there is none, and lists none before', async () => {
  const { container } = await storeIn(azurite.connectionString, { createsContainer: false });
  const store = new DeadLetterStore(container, group);
  assert.deepEqual(await Array.fromAsync(store.list(noAbort)), []);
  await store.put(letterAt(1), noAbort);
  assert.equal((await Array.fromAsync(store.list(noAbort))).length, 1);
});

test('G1: the same position written again replaces its letter', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  await store.put(letterAt(3), noAbort);
  await store.put(letterAt(3, '2', 'second time'), noAbort);
  const entries = await Array.fromAsync(store.list(noAbort));
  assert.deepEqual(
    entries.map(({ sequenceNumber, error }) => [sequenceNumber, error]),
    [[3, 'second time']],
  );
});

test('lists by partition and number, with what a person needs to choose', async () => {
  const { client, container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  for (const number of [100, 9, 20]) await store.put(letterAt(number), noAbort);
  await store.put(letterAt(5, '0', 'x'.repeat(5000)), noAbort);
  await client.getBlockBlobClient(`${prefix}/readme.txt`).upload('hi', 2);
  const entries = await Array.fromAsync(store.list(noAbort));
  assert.deepEqual(
    entries.map(({ partitionId, sequenceNumber }) => `${partitionId}/${sequenceNumber}`),
    ['0/5', '2/9', '2/20', '2/100'],
  );
  const [long, short] = entries;
  assert.equal(long?.error.length, 300);
  assert.deepEqual(short, {
    partitionId: '2',
    sequenceNumber: 9,
    reason: 'exhausted',
    error: 'out of stock: \u00e9\u{1f4a5}',
    attempts: 5,
    deadLetteredAtMs: 1_790_000_000_000,
    replayedAtMs: undefined,
  });
});

test('a replay is written down and the letter stays', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  await store.put(letterAt(8), noAbort);
  await store.markReplayed('2', 8, 1234, noAbort);
  await store.markReplayed('2', 999, 1234, noAbort);
  const [entry] = await Array.fromAsync(store.list(noAbort));
  assert.equal(entry?.replayedAtMs, 1234);
  const read = await store.read('2', 8, noAbort);
  assert.deepEqual(read && seen(read), seen(letterAt(8)));
});

test('a blob that is no letter is told as such', async () => {
  const { client, container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  const path = `${prefix}/2/${'8'.padStart(19, '0')}.json`;
  await client.getBlockBlobClient(path).upload('{"version":1}', 13);
  await assert.rejects(store.read('2', 8, noAbort), { code: 'EHW_RECORD_INVALID' });
});

/** A letter without its message object, which is compared by what it holds. */
function seen({ event: { message, ...event }, ...letter }: DeadLetter): unknown {
  const { encoded, annotations, properties, applicationProperties, body } = message;
  return { ...letter, event, content: { encoded, annotations, properties, applicationProperties, body } };
}
