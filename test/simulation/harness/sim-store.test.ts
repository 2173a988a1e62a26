import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Checkpoint, Lease } from '../../../src/engine/leases/records.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { SimProcess } from './sim-process.ts';
import { SimStore, unconditional } from './sim-store.ts';
import { Trace } from './trace.ts';

const never = new AbortController().signal;
const lease = (ownerId: string, generation: number): Lease => ({
  partitionId: '0',
  ownerId,
  generation,
  requestedBy: '',
});
const checkpoint: Checkpoint = {
  partitionId: '0',
  sequenceNumber: 5,
  offset: 'x',
  generation: 1,
  completed: '',
};

function makeWorld(seed = 1) {
  const world = new VirtualClock({ startMs: 1_000_000_000_000 });
  const random = new SeededRandom(seed);
  const written: string[] = [];
  const store = new SimStore(
    world,
    random,
    {
      leaseWritten: (process, { ownerId }) => written.push(`${process.id} ${ownerId}`),
      checkpointWritten: (process, { sequenceNumber }) => written.push(`${process.id} ${sequenceNumber}`),
    },
    new Trace(false, () => 0),
    { callTimeoutMs: 5_000, skewMs: 0 },
  );
  const process = new SimProcess('a#1', 'a', world, random);
  return { world, store, process, written, leases: store.leaseStoreFor(process) };
}

/** Runs the world until the promise settles. */
async function finish<Value>(world: VirtualClock, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => {});
  await world.runUntil(() => isSettled, 60_000);
  return await settled;
}

test('a record is created once, and changed only by who read its last form', async () => {
  const { world, leases, written } = makeWorld();
  const first = await finish(world, leases.writeLease(lease('a', 1), undefined, never));
  assert.equal(first.kind, 'stored');
  assert.deepEqual(await finish(world, leases.writeLease(lease('b', 1), undefined, never)), {
    kind: 'conflict',
  });
  const etag = first.kind === 'stored' ? first.etag : '';
  const second = await finish(world, leases.writeLease(lease('c', 2), etag, never));
  assert.equal(second.kind, 'stored');
  assert.deepEqual(await finish(world, leases.writeLease(lease('d', 3), etag, never)), { kind: 'conflict' });
  assert.deepEqual(written, ['a#1 a', 'a#1 c']);
});

test('ages are whole seconds of the store, whatever the process believes', async () => {
  const { world, store, process, leases } = makeWorld();
  process.skewMs = 3_600_000;
  await world.advance(900);
  store.applyLease(process, lease('a', 1), undefined);
  await world.advance(29_050);
  const view = await finish(world, leases.readGroup(never));
  // True age about 29.1 s: 0.9 s after the second at the write, just after a second at the reading.
  assert.equal(view.leases[0]?.ageMs, 29_000);
  await world.advance(100);
  assert.equal((await finish(world, leases.readGroup(never))).leases[0]?.ageMs, 30_000);
});

test('a member is removed only in the form that was named', async () => {
  const { world, store, leases } = makeWorld();
  const member = { workerId: 'a', nonce: 'n', state: 'active', load: 0 } as const;
  await finish(world, leases.writeMember(member, undefined, never));
  await finish(world, leases.removeMember('a', '"other"', never));
  assert.equal(store.members.size, 1);
  await finish(world, leases.removeMember('a', store.members.get('a')?.etag ?? '', never));
  assert.equal(store.members.size, 0);
});

test('a write of a process that was killed on the way is applied all the same, and answers nobody', async () => {
  const { world, store, process, leases } = makeWorld();
  void leases
    .writeLease(lease('a', 1), undefined, never)
    .then(() => assert.fail('a dead process got an answer'));
  process.kill();
  await world.advance(10_000);
  assert.equal(store.leases.get('0')?.value.ownerId, 'a');
});

test('an answer waits for a paused process', async () => {
  const { world, process, leases } = makeWorld();
  let answers = 0;
  void leases.readGroup(never).then(() => (answers += 1));
  process.pause();
  await world.advance(3_000);
  assert.equal(answers, 0);
  process.resume();
  await world.advance(1);
  assert.equal(answers, 1);
});

test('without a way to the store a call ends by its deadline and writes nothing', async () => {
  const { world, store, process, leases } = makeWorld();
  store.cutOff.add(process);
  await assert.rejects(finish(world, leases.writeLease(lease('a', 1), undefined, never)), {
    code: 'EHW_TIMED_OUT',
  });
  assert.equal(world.monotonicMs(), 5_000);
  assert.equal(store.leases.size, 0);
});

test('faults: refused, lost before and after the commit, 412 after the commit, committed late', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 80; seed += 1) {
    const { world, store, process } = makeWorld(seed);
    store.faults.faultRate = 1;
    const outcome = await finish(
      world,
      store.checkpointStoreFor(process).writeCheckpoint(checkpoint, undefined, never),
    ).then(
      (result) => result.kind,
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown'),
    );
    const wasApplied = store.checkpoints.size === 1;
    await world.advance(60_000);
    seen.add(`${outcome}${wasApplied ? ' applied' : store.checkpoints.size === 1 ? ' applied late' : ''}`);
  }
  assert.deepEqual([...seen].sort(), [
    'EHW_STORAGE_FAILED',
    'EHW_TIMED_OUT',
    'EHW_TIMED_OUT applied',
    'EHW_TIMED_OUT applied late',
    'conflict applied',
    'stored applied',
  ]);
});

test('a stock consumer overwrites what it likes', () => {
  const { store, process } = makeWorld();
  store.applyCheckpoint(process, checkpoint, undefined);
  store.applyCheckpoint(process, { ...checkpoint, sequenceNumber: 1 }, unconditional);
  assert.equal(store.checkpoints.get('0')?.value.sequenceNumber, 1);
});
