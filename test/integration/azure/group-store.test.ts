// The engine's stores over Azurite: layout, compare-and-set, ages, odd blobs, outages; and the official store beside them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { HardenedCheckpointStore } from '../../../src/azure/hardened-checkpoint-store.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { group, metadataOf, noAbort, prefix, storeIn } from './store-fixture.ts';

const lease = { partitionId: '3', ownerId: 'Worker-A', generation: 7, requestedBy: 'worker-b' };
const checkpoint = {
  partitionId: '3',
  sequenceNumber: 100,
  offset: '4711',
  generation: 7,
  completed: 'AQ==',
};

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

test('G9: records lie where KEDA and the other SDKs look, in lower case, as metadata', async () => {
  const { client, store } = await storeIn(azurite.connectionString);
  const member = { workerId: 'Worker-A', nonce: 'n1', state: 'active', load: 12 } as const;
  await store.writeLease(lease, undefined, noAbort);
  await store.writeMember(member, undefined, noAbort);
  await store.writeCheckpoint(checkpoint, undefined, noAbort);
  assert.deepEqual(await metadataOf(client, `${prefix}/ownership/3`), {
    ownerid: 'Worker-A',
    generation: '7',
    requestedby: 'worker-b',
  });
  assert.deepEqual(await metadataOf(client, `${prefix}/checkpoint/3`), {
    sequencenumber: '100',
    offset: '4711',
    generation: '7',
    completed: 'AQ==',
  });
  const view = await store.readGroup(noAbort);
  const [stored] = view.leases;
  assert.deepEqual({ ...stored, etag: '', ageMs: 0 }, { ...lease, etag: '', ageMs: 0 });
  assert.deepEqual({ ...view.members[0], etag: '', ageMs: 0 }, { ...member, etag: '', ageMs: 0 });
  assert.deepEqual({ ...view.checkpoints[0], etag: '', ageMs: 0 }, { ...checkpoint, etag: '', ageMs: 0 });
});

test('a group is read with one request', async () => {
  const { store, requests } = await storeIn(azurite.connectionString);
  await store.writeLease(lease, undefined, noAbort);
  requests.length = 0;
  await store.readGroup(noAbort);
  assert.deepEqual(
    requests.map(({ operation, status }) => [operation, status]),
    [['list', 'ok']],
  );
});

test('G6: of two creates one conflicts, and so does an update of another version than the stored one', async () => {
  const { store } = await storeIn(azurite.connectionString);
  const claims = await Promise.all([
    store.writeLease(lease, undefined, noAbort),
    store.writeLease({ ...lease, ownerId: 'worker-b' }, undefined, noAbort),
  ]);
  assert.deepEqual(claims.map(({ kind }) => kind).sort(), ['conflict', 'stored']);
  const [won] = claims.filter((claim) => claim.kind === 'stored');
  assert.ok(won?.kind === 'stored');
  const renewed = await store.writeLease({ ...lease, generation: 8 }, won.etag, noAbort);
  assert.equal(renewed.kind, 'stored');
  assert.equal((await store.writeLease(lease, won.etag, noAbort)).kind, 'conflict');
});

test('an etag from the listing, from a read and from a write are the same text', async () => {
  const { store } = await storeIn(azurite.connectionString);
  const written = await store.writeCheckpoint(checkpoint, undefined, noAbort);
  assert.ok(written.kind === 'stored');
  const listed = (await store.readGroup(noAbort)).checkpoints[0]?.etag;
  const read = (await store.readCheckpoint('3', noAbort))?.etag;
  assert.equal(listed, written.etag);
  assert.equal(read, written.etag);
  assert.equal((await store.writeCheckpoint(checkpoint, listed, noAbort)).kind, 'stored');
});

test('an update of a record that was deleted is a conflict, removing a changed or missing member is no error', async () => {
  const { store } = await storeIn(azurite.connectionString);
  const member = { workerId: 'w', nonce: 'n', state: 'joining', load: 0 } as const;
  const written = await store.writeMember(member, undefined, noAbort);
  assert.ok(written.kind === 'stored');
  await store.removeMember('w', '"0x0"', noAbort);
  assert.equal((await store.readGroup(noAbort)).members.length, 1, 'a changed record stays');
  await store.removeMember('w', written.etag, noAbort);
  await store.removeMember('w', written.etag, noAbort);
  assert.equal((await store.readGroup(noAbort)).members.length, 0);
  assert.equal((await store.writeMember(member, written.etag, noAbort)).kind, 'conflict');
});

test('ages come from the store clock and grow from the last write', async () => {
  const { store } = await storeIn(azurite.connectionString);
  await store.writeLease(lease, undefined, noAbort);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const view = await store.readGroup(noAbort);
  const ageMs = view.leases[0]?.ageMs ?? 0;
  assert.ok(ageMs >= 1000 && ageMs <= 4000, `age is ${ageMs}`);
  assert.ok(Math.abs(view.storeTimeMs - Date.now()) < 3000);
});

test('a blob that is not ours or is malformed is left out with one warning and hides nothing else', async () => {
  const { client, store, warnings } = await storeIn(azurite.connectionString);
  await store.writeCheckpoint(checkpoint, undefined, noAbort);
  await client.getBlockBlobClient(`${prefix}/notes.txt`).upload('hi', 2);
  await client
    .getBlockBlobClient(`${prefix}/member/x`)
    .upload('', 0, { metadata: { nonce: 'n', state: 'odd' } });
  const metadata = { sequencenumber: 'abc', offset: 'somewhere' };
  await client.getBlockBlobClient(`${prefix}/checkpoint/9`).upload('', 0, { metadata });
  for (let reads = 0; reads < 2; reads += 1) {
    const view = await store.readGroup(noAbort);
    assert.deepEqual(
      view.checkpoints.map(({ partitionId }) => partitionId),
      ['3'],
    );
    assert.deepEqual([view.leases.length, view.members.length], [0, 0]);
  }
  assert.equal(warnings.length, 3, warnings.join('\n'));
  await assert.rejects(store.readCheckpoint('9', noAbort), { code: 'EHW_RECORD_INVALID' });
});

test('a freed lease is free for everybody: here, in the official store, and where empty values are dropped', async () => {
  const { client, store } = await storeIn(azurite.connectionString);
  const free = { partitionId: '3', ownerId: '', generation: 8, requestedBy: '' };
  await store.writeLease(free, undefined, noAbort);
  await client.getBlockBlobClient(`${prefix}/ownership/4`).upload('', 0);
  const view = await store.readGroup(noAbort);
  assert.deepEqual(
    view.leases.map(({ partitionId, ownerId, generation }) => [partitionId, ownerId, generation]),
    [
      ['3', '', 8],
      ['4', '', 0],
    ],
  );
});

test('groups whose names begin alike do not see each other', async () => {
  const { container, store } = await storeIn(azurite.connectionString);
  const other = await storeIn(azurite.connectionString);
  await container.writeMetadata(`${prefix}2/ownership/0`, { ownerid: 'x' }, undefined, noAbort);
  assert.equal((await store.readGroup(noAbort)).leases.length, 0);
  assert.equal((await other.store.readGroup(noAbort)).leases.length, 0);
});

test('a group of many blobs is read page by page', async () => {
  const { container, store } = await storeIn(azurite.connectionString);
  const ids = Array.from({ length: 600 }, (_, index) => String(index));
  for (let at = 0; at < ids.length; at += 50) {
    await Promise.all(
      ids
        .slice(at, at + 50)
        .map((id) =>
          container.writeMetadata(`${prefix}/ownership/${id}`, { ownerid: 'a' }, undefined, noAbort),
        ),
    );
  }
  assert.equal((await store.readGroup(noAbort)).leases.length, 600);
  let pages = 0;
  let blobs = 0;
  for await (const page of container.pages(`${prefix}/`, noAbort, 100)) {
    pages += 1;
    blobs += page.blobs.length;
  }
  assert.deepEqual([pages, blobs], [6, 600]);
});

test('a missing container and a wrong key are told as such', async () => {
  const missing = await storeIn(azurite.connectionString, { createsContainer: false });
  await assert.rejects(missing.store.readGroup(noAbort), { code: 'EHW_CONTAINER_NOT_FOUND' });
  await assert.rejects(missing.store.readCheckpoint('0', noAbort), { code: 'EHW_CONTAINER_NOT_FOUND' });
  await assert.rejects(missing.store.writeLease(lease, undefined, noAbort), {
    code: 'EHW_CONTAINER_NOT_FOUND',
    retryable: false,
  });
  const wrong = await storeIn(azurite.connectionString.replace(/AccountKey=..../, 'AccountKey=AAAA'), {
    createsContainer: false,
  });
  await assert.rejects(wrong.store.readGroup(noAbort), { code: 'EHW_STORAGE_UNAUTHORIZED' });
});

test('G8: an outage fails every call within its deadline, and the next call after it works', async (t) => {
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: azurite.port });
  t.after(() => proxy.close());
  const through = azurite.connectionString.replace(`:${azurite.port}/`, `:${proxy.port}/`);
  const { store } = await storeIn(through, { timeoutMs: 1500 });
  await store.writeLease(lease, undefined, noAbort);

  proxy.refuse();
  await assert.rejects(store.readGroup(noAbort), { code: 'EHW_STORAGE_UNREACHABLE', retryable: true });
  proxy.restore();
  assert.equal((await store.readGroup(noAbort)).leases.length, 1);

  proxy.freeze();
  const startedMs = performance.now();
  await assert.rejects(store.readGroup(noAbort), { code: 'EHW_TIMED_OUT' });
  assert.ok(performance.now() - startedMs < 2500);
  proxy.cut();
  proxy.restore();
  assert.equal((await store.readGroup(noAbort)).leases.length, 1);
});

test('a caller that gives up gets its own reason', async () => {
  const { store } = await storeIn(azurite.connectionString);
  const reason = new Error('lost interest');
  await assert.rejects(store.readGroup(AbortSignal.abort(reason)), reason);
});

test('a store written by the official one is taken over where it stood', async () => {
  const { client, store } = await storeIn(azurite.connectionString);
  const official = new BlobCheckpointStore(client);
  const of = {
    fullyQualifiedNamespace: group.namespace,
    eventHubName: group.eventHub,
    consumerGroup: group.consumerGroup,
    partitionId: '5',
  };
  await official.claimOwnership([{ ...of, ownerId: 'stock-consumer' }]);
  await official.updateCheckpoint({ ...of, sequenceNumber: 42, offset: '8192' });
  const view = await store.readGroup(noAbort);
  const [found] = view.leases;
  assert.deepEqual([found?.ownerId, found?.generation, found?.requestedBy], ['stock-consumer', 0, '']);
  const stored = await store.readCheckpoint('5', noAbort);
  assert.deepEqual(
    [stored?.sequenceNumber, stored?.offset, stored?.generation, stored?.completed],
    [42, '8192', 0, ''],
  );
  const taken = await store.writeLease({ ...lease, partitionId: '5' }, found?.etag, noAbort);
  assert.equal(taken.kind, 'stored');
});

test('the official store reads ours', async () => {
  const { client, store } = await storeIn(azurite.connectionString);
  await store.writeLease(lease, undefined, noAbort);
  await store.writeCheckpoint(checkpoint, undefined, noAbort);
  await store.writeMember({ workerId: 'w', nonce: 'n', state: 'active', load: 0 }, undefined, noAbort);
  const official = new BlobCheckpointStore(client);
  const names = [group.namespace, group.eventHub, group.consumerGroup] as const;
  const [owner] = await official.listOwnership(...names);
  assert.deepEqual([owner?.partitionId, owner?.ownerId], ['3', 'Worker-A']);
  const [position] = await official.listCheckpoints(...names);
  assert.deepEqual([position?.sequenceNumber, position?.offset], [100, '4711']);
});

test('G3: the hardened store keeps the higher checkpoint, conflicts on first claims and keeps generations', async () => {
  const { client, container, store, warnings } = await storeIn(azurite.connectionString);
  const hardened = new HardenedCheckpointStore(client, container, (text) => warnings.push(text));
  const of = {
    fullyQualifiedNamespace: group.namespace,
    eventHubName: group.eventHub,
    consumerGroup: group.consumerGroup,
    partitionId: '3',
  };
  const names = [group.namespace, group.eventHub, group.consumerGroup] as const;
  const claims = await Promise.all([
    hardened.claimOwnership([{ ...of, ownerId: 'a' }]),
    hardened.claimOwnership([{ ...of, ownerId: 'b' }]),
  ]);
  assert.deepEqual(claims.flat().length, 1);
  const [listed] = await hardened.listOwnership(...names);
  assert.ok(listed);
  assert.equal((await hardened.claimOwnership([{ ...listed, ownerId: 'c' }])).length, 1);
  assert.equal((await hardened.claimOwnership([{ ...listed, ownerId: 'd' }])).length, 0, 'a stale etag');

  await store.writeCheckpoint(checkpoint, undefined, noAbort);
  await hardened.updateCheckpoint({ ...of, sequenceNumber: 50, offset: '10' });
  assert.equal((await store.readCheckpoint('3', noAbort))?.sequenceNumber, 100);
  await Promise.all(
    [120, 110, 130].map((sequenceNumber) =>
      hardened.updateCheckpoint({ ...of, sequenceNumber, offset: String(sequenceNumber) }),
    ),
  );
  const stored = await store.readCheckpoint('3', noAbort);
  assert.deepEqual([stored?.sequenceNumber, stored?.offset, stored?.generation], [130, '130', 7]);

  await client.getBlockBlobClient(`${prefix}/checkpoint/8`).upload('', 0);
  assert.deepEqual(
    (await hardened.listCheckpoints(...names)).map(({ partitionId }) => partitionId),
    ['3'],
  );
  assert.equal(warnings.length, 1);
});
