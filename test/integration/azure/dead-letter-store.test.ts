// Dead letters over Azurite: everything of an event comes back, a position has one letter, replays are written down.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeadLetterStore } from '../../../src/azure/dead-letter-store.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { deadLetterOf } from '../../support/dead-letter.ts';
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
  return deadLetterOf({
    sequenceNumber,
    partitionId,
    error,
    enqueuedAtMs: 1_780_000_000_000,
    deadLetteredAtMs: 1_790_000_000_000,
  });
}

function idOf({ partitionId, event }: DeadLetter) {
  return { partitionId, sequenceNumber: event.sequenceNumber, enqueuedAtMs: event.enqueuedAtMs };
}

function shown(letter: DeadLetter | undefined): unknown {
  if (letter === undefined) return undefined;
  const { event, ...rest } = letter;
  const { message, ...position } = event;
  return { ...rest, ...position, encoded: Buffer.from(message.encoded).toString('hex') };
}

test('a letter comes back with every field and type', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  await store.put(letterAt(17), noAbort);
  assert.deepEqual(shown(await store.read(idOf(letterAt(17)), noAbort)), shown(letterAt(17)));
  assert.equal(await store.read(idOf(letterAt(18)), noAbort), undefined);
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

test('an event of a re-created hub has a letter beside that of the event before it', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  const [before, after] = [100, 200].map((enqueuedAtMs) => deadLetterOf({ enqueuedAtMs }));
  for (const letter of [after, before, before]) if (letter !== undefined) await store.put(letter, noAbort);
  const entries = await store.at('0', 7, noAbort);
  assert.deepEqual(
    entries.map(({ enqueuedAtMs }) => enqueuedAtMs),
    [100, 200],
  );
});

test('a letter of version 1 is found by its position, read, and marked beside a new one', async () => {
  const { client, container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  const record = {
    version: 1,
    partitionId: '0',
    sequenceNumber: 7,
    offset: '4711',
    enqueuedAtMs: 1000,
    reason: 'invalid',
    error: 'e',
    attempts: 1,
    deadLetteredAtMs: 2000,
    workerId: 'w',
    bodyBase64: 'aGVsbG8=',
  };
  const content = JSON.stringify(record);
  const metadata = { reason: 'invalid', attempts: '1', deadletteredatms: '2000', error: 'e' };
  const blob = client.getBlockBlobClient(`${prefix}/0/${'7'.padStart(19, '0')}.json`);
  await blob.upload(content, content.length, { metadata });
  await store.put(deadLetterOf(), noAbort);
  const [old, recent] = await store.at('0', 7, noAbort);
  assert.ok(old !== undefined && recent !== undefined);
  assert.equal(old.enqueuedAtMs, undefined);
  assert.equal((await store.readEvent(old, noAbort))?.enqueuedAtMs, 1000);
  await store.markReplayed([old], 3000, noAbort);
  assert.deepEqual(
    (await store.at('0', 7, noAbort)).map(({ replayedAtMs }) => replayedAtMs),
    [3000, undefined],
  );
  await blob.setMetadata({ ...metadata, replayedatms: '4000' });
  assert.equal((await store.at('0', 7, noAbort))[0]?.replayedAtMs, 4000);
});

test('a small message comes with the listing, a large one is read', async () => {
  const { container, requests } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  const large = { body: { data: [Buffer.alloc(5000, 1).toString('base64')] } };
  const letters = [deadLetterOf({ sequenceNumber: 1 }), deadLetterOf({ sequenceNumber: 2, message: large })];
  for (const letter of letters) await store.put(letter, noAbort);
  const entries = await Array.fromAsync(store.list(noAbort));
  requests.length = 0;
  for (const [index, entry] of entries.entries()) {
    const event = await store.readEvent(entry, noAbort);
    assert.deepEqual(event?.message.encoded, letters[index]?.event.message.encoded);
  }
  assert.deepEqual(
    requests.map(({ operation }) => operation),
    ['read'],
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
  assert.deepEqual(
    { ...short, sizeBytes: 0, etag: '', message: '' },
    {
      partitionId: '2',
      sequenceNumber: 9,
      enqueuedAtMs: 1_780_000_000_000,
      reason: 'exhausted',
      error: 'out of stock: \u00e9\u{1f4a5}',
      attempts: 5,
      deadLetteredAtMs: 1_790_000_000_000,
      replayedAtMs: undefined,
      sizeBytes: 0,
      etag: '',
      message: '',
    },
  );
});

test('a replay is written down and the letter stays; one that is written again is pending again', async () => {
  const { container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  for (const number of [8, 9]) await store.put(letterAt(number), noAbort);
  const listed = await Array.fromAsync(store.list(noAbort));
  await store.put(letterAt(9), noAbort);
  await store.markReplayed(listed, 1234, noAbort);
  const marked = await Array.fromAsync(store.list(noAbort));
  assert.deepEqual(
    marked.map(({ replayedAtMs }) => replayedAtMs),
    [1234, undefined],
  );
  assert.deepEqual(shown(await store.read(idOf(letterAt(8)), noAbort)), shown(letterAt(8)));
  await store.markReplayed(marked, 2345, noAbort);
  assert.deepEqual(
    (await Array.fromAsync(store.list(noAbort))).map(({ replayedAtMs }) => replayedAtMs),
    [2345, 2345],
  );
});

test('a blob that is no letter is told as such, and so is one that no letter is as large as', async () => {
  const { client, container } = await storeIn(azurite.connectionString);
  const store = new DeadLetterStore(container, group);
  const id = { partitionId: '2', sequenceNumber: 8, enqueuedAtMs: undefined };
  const blob = client.getBlockBlobClient(`${prefix}/2/${'8'.padStart(19, '0')}.json`);
  for (const content of ['{"version":1}', '', '\u0000', '{"version":2,"reason":"exhausted","message":5}']) {
    await blob.upload(content, content.length);
    await assert.rejects(store.read(id, noAbort), { code: 'EHW_RECORD_INVALID' });
  }
  const huge = Buffer.alloc(65 * 1024 * 1024);
  await blob.upload(huge, huge.length);
  await assert.rejects(store.read(id, noAbort), { code: 'EHW_RECORD_INVALID' });
});
