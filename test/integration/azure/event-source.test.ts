// The event source against the emulator: positions, fields, fencing, ends, close.

import { bodyBytes } from '../../../src/engine/reading/body-bytes.ts';
import { EventView } from '../../../src/engine/handling/event-view.ts';
import assert from 'node:assert/strict';
import { Deferred } from '../../support/deferred.ts';
import {
  accessTo,
  append,
  emulatorWith,
  fromStart,
  hubName,
  range,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';

testOnBothPaths('hands over every field of an event and its body as bytes', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const beforeMs = Date.now();
  emulator.hub(hubName).append('0', {
    body: { order: 7 },
    partitionKey: 'customer-1',
    messageId: 'm-1',
    contentType: 'application/json',
    correlationId: 'c-1',
    properties: { region: 'eu' },
  });
  emulator.hub(hubName).append('0', { body: Buffer.from([0, 255]) });
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('two events', () => listener.events.length === 2);

  const [received, second] = listener.events;
  assert.ok(received !== undefined && second !== undefined);
  const first = new EventView('0', received);
  assert.equal(Buffer.from(first.body).toString(), '{"order":7}');
  assert.equal(first.sequenceNumber, 0);
  assert.equal(typeof first.offset, 'string');
  assert.ok(Math.abs(received.enqueuedAtMs - beforeMs) < 5000);
  assert.equal(first.partitionKey, 'customer-1');
  assert.equal(first.messageId, 'm-1');
  assert.equal(first.contentType, 'application/json');
  assert.equal(first.correlationId, 'c-1');
  assert.deepEqual({ ...first.properties }, { region: 'eu' });
  assert.deepEqual([...bodyBytes(second.message.body)], [0, 255]);
  assert.equal(second.partitionKey, undefined);
  assert.equal(listener.lastBatch?.end?.sequenceNumber ?? 1, 1);
});

testOnBothPaths(
  'begins after a position: by offset, by sequence number where the offset is unknown, by time',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    append(emulator, '0', 10);
    const source = await sourceFor(t, accessTo(emulator.connectionString()));
    const all = new RecordingListener();
    const first = source.open({ partitionId: '0', generation: 1, start: fromStart }, all);
    await until('ten events', () => all.events.length === 10);
    await first.close();
    const offset = all.events[3]?.offset ?? '';

    const starts = [
      { start: { sequenceNumber: 3, offset }, begin: 4 },
      { start: { sequenceNumber: 6, offset: '-1' }, begin: 7 },
      { start: { enqueuedAfterMs: Date.now() - 60_000 }, begin: 0 },
    ];
    for (const [index, { start, begin }] of starts.entries()) {
      const listener = new RecordingListener();
      const link = source.open({ partitionId: '0', generation: index + 2, start }, listener);
      await until('the rest', () => listener.sequenceNumbers.includes(9));
      assert.deepEqual(listener.sequenceNumbers, range(10 - begin, begin));
      await link.close();
    }
  },
);

testOnBothPaths('sends an empty batch as a heartbeat while the partition is idle', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('a heartbeat', () => listener.batches.includes(0), 6000);
  assert.equal(listener.lastBatch?.end, undefined);
  assert.deepEqual(listener.ends, []);
});

testOnBothPaths(
  'G6: a link with a higher generation fences the old one at once, even while its listener works',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    append(emulator, '0', 5);
    const old = await sourceFor(t, accessTo(emulator.connectionString()));
    const stuck = new Deferred();
    const loser = new RecordingListener();
    loser.onBatch = () => stuck.promise;
    old.open({ partitionId: '0', generation: 4, start: fromStart }, loser);
    await until('the old owner is working', () => loser.events.length === 5);

    const winner = new RecordingListener();
    const next = await sourceFor(t, accessTo(emulator.connectionString()), { workerId: 'worker-b' });
    next.open({ partitionId: '0', generation: 5, start: fromStart }, winner);
    await until('the old owner knows', () => loser.ends.length > 0);
    assert.deepEqual(loser.ends, [{ kind: 'fenced' }]);
    stuck.resolve();
    append(emulator, '0', 5);
    await until('the new owner has all', () => winner.events.length === 10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(loser.events.length, 5, 'nothing reached the fenced listener');
    assert.deepEqual(winner.ends, []);
    assert.deepEqual(
      emulator
        .hub(hubName)
        .receivers('0')
        .map(({ epoch }) => epoch),
      [5],
    );
  },
);

testOnBothPaths('G6: a lower generation is refused and told that it is fenced', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const owner = await sourceFor(t, accessTo(emulator.connectionString()));
  const ownerListener = new RecordingListener();
  owner.open({ partitionId: '0', generation: 9, start: fromStart }, ownerListener);
  await until('the owner is attached', () => emulator.hub(hubName).receivers('0').length === 1);

  const stale = await sourceFor(t, accessTo(emulator.connectionString()), { workerId: 'worker-b' });
  const staleListener = new RecordingListener();
  stale.open({ partitionId: '0', generation: 8, start: fromStart }, staleListener);
  await until('the stale one knows', () => staleListener.ends.length > 0);
  assert.deepEqual(staleListener.ends, [{ kind: 'fenced' }]);
  assert.deepEqual(ownerListener.ends, []);
});

testOnBothPaths('names the worker to the broker', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const source = await sourceFor(t, accessTo(emulator.connectionString()), { workerId: 'pod-7' });
  source.open({ partitionId: '0', generation: 1, start: fromStart }, new RecordingListener());
  await until('attached', () => emulator.hub(hubName).receivers('0').length === 1);
  assert.equal(emulator.hub(hubName).receivers('0')[0]?.name, 'pod-7');
});

testOnBothPaths('a position that a re-created hub does not know ends the link as invalid', async (t) => {
  const emulator = await emulatorWith(t, 1);
  append(emulator, '0', 2);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  const start = { sequenceNumber: 900_000, offset: '99999999999' };
  source.open({ partitionId: '0', generation: 1, start }, listener);
  await until('the end', () => listener.ends.length > 0);
  assert.deepEqual(listener.ends, [{ kind: 'invalid-position' }]);
});

testOnBothPaths('an unknown hub or group ends the link with an error that says what to do', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const cases = [
    { eventHub: 'nowhere', consumerGroup: '$Default', code: 'EHW_EVENT_HUB_NOT_FOUND' },
    { eventHub: hubName, consumerGroup: 'nobody', code: 'EHW_CONSUMER_GROUP_NOT_FOUND' },
  ];
  for (const { eventHub, consumerGroup, code } of cases) {
    const source = await sourceFor(t, accessTo(emulator.connectionString(), eventHub), { consumerGroup });
    // As the engine does first.
    await source.partitionIds(new AbortController().signal).catch(() => undefined);
    const listener = new RecordingListener();
    source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    await until(code, () => listener.ends.length > 0);
    const [end] = listener.ends;
    assert.ok(end?.kind === 'died');
    assert.equal(Reflect.get(end.error, 'code'), code);
  }
});

testOnBothPaths('after close() nothing is delivered, not even by a receive that was running', async (t) => {
  const emulator = await emulatorWith(t, 1);
  append(emulator, '0', 2000);
  const source = await sourceFor(t, accessTo(emulator.connectionString()), { maxBatchSize: 100 });
  const gate = new Deferred();
  const listener = new RecordingListener();
  listener.onBatch = () => gate.promise;
  const link = source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('the first batch', () => listener.batches.length === 1);
  await link.close();
  const seen = listener.events.length;
  gate.resolve();
  append(emulator, '0', 100);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(listener.events.length, seen);
  assert.deepEqual(listener.ends, []);
  await until('detached', () => emulator.hub(hubName).receivers('0').length === 0);
});

testOnBothPaths('a listener that rejects ends its link instead of losing the batch in the SDK', async (t) => {
  const emulator = await emulatorWith(t, 1);
  append(emulator, '0', 3);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  listener.onBatch = async () => {
    throw Object.assign(new Error('forwarding failed'), { retryable: true });
  };
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('the end', () => listener.ends.length > 0);
  assert.equal(listener.ends[0]?.kind, 'died');
  const again = new RecordingListener();
  source.open({ partitionId: '0', generation: 2, start: fromStart }, again);
  await until('the batch comes again', () => again.events.length === 3);
});

testOnBothPaths(
  'a second link of a partition that is still open dies and leaves the first alone',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    append(emulator, '0', 1);
    const source = await sourceFor(t, accessTo(emulator.connectionString()));
    const first = new RecordingListener();
    const second = new RecordingListener();
    source.open({ partitionId: '0', generation: 1, start: fromStart }, first);
    source.open({ partitionId: '0', generation: 2, start: fromStart }, second);
    assert.equal(second.ends.length, 0, 'not before the caller holds the link');
    await until('the end', () => second.ends.length > 0);
    assert.equal(second.ends[0]?.kind, 'died');
    await until('the first goes on', () => first.events.length === 1);
    emulator.faults.dropConnections();
    append(emulator, '0', 3000);
    await until('the first goes on after a cut', () => first.events.length === 3001);
    assert.deepEqual(first.ends, []);
  },
);

testOnBothPaths('reads the partitions and the range of each', async (t) => {
  const emulator = await emulatorWith(t, 3);
  append(emulator, '1', 4);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const signal = new AbortController().signal;
  assert.deepEqual([...(await source.partitionIds(signal))], ['0', '1', '2']);
  const used = await source.partitionProperties('1', signal);
  assert.equal(used.lastSequenceNumber, 3);
  assert.equal(used.beginSequenceNumber, 0);
  assert.equal(used.isEmpty, false);
  const unused = await source.partitionProperties('0', signal);
  assert.equal(unused.lastSequenceNumber, -1);
  assert.equal(unused.isEmpty, true);
});

testOnBothPaths(
  'a call that the caller gives up rejects with the caller reason, a refused hub with its sentence',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    const lost = await sourceFor(t, accessTo(emulator.connectionString(), 'nowhere'));
    await assert.rejects(lost.partitionIds(new AbortController().signal), {
      code: 'EHW_EVENT_HUB_NOT_FOUND',
    });
    const source = await sourceFor(t, accessTo(emulator.connectionString()));
    emulator.faults.inject({ at: 'management', silence: true });
    await assert.rejects(source.partitionIds(AbortSignal.timeout(200)), { name: 'TimeoutError' });
  },
);
