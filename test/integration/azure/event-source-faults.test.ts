// The event source when the network and the service fail: nothing lost, nothing repeated, nothing hangs.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { TestContext } from 'node:test';
import type { Emulator } from '../../../src/emulator/index.ts';
import { Deferred } from '../../support/deferred.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import {
  accessTo,
  append,
  closeAfter,
  emulatorWith,
  fromStart,
  range,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';

const unhandled: unknown[] = [];
const keep = (reason: unknown): void => void unhandled.push(reason);
before(() => void process.on('unhandledRejection', keep));
after(() => {
  process.removeListener('unhandledRejection', keep);
  assert.deepEqual(unhandled, [], 'every rejection has an owner');
});

async function proxied(
  t: TestContext,
  emulator: Emulator,
): Promise<{ proxy: TcpProxy; connectionString: string }> {
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: emulator.port });
  closeAfter(t, () => proxy.close());
  return {
    proxy,
    connectionString: emulator.connectionString().replace(`:${emulator.port}`, `:${proxy.port}`),
  };
}

testOnBothPaths(
  'G8: cut connections lose and repeat nothing, on a busy and on an idle partition',
  async (t) => {
    const emulator = await emulatorWith(t, 2);
    const source = await sourceFor(t, accessTo(emulator.connectionString()), {
      maxBatchSize: 50,
      prefetchEvents: 150,
    });
    const busy = new RecordingListener();
    const idle = new RecordingListener();
    busy.onBatch = () => new Promise((resolve) => setTimeout(resolve, 5));
    source.open({ partitionId: '0', generation: 1, start: fromStart }, busy);
    source.open({ partitionId: '1', generation: 1, start: fromStart }, idle);
    append(emulator, '0', 5000);
    for (let cuts = 0; cuts < 4; cuts += 1) {
      const seen = busy.events.length;
      await until('progress', () => busy.events.length > Math.min(seen + 400, 4000));
      emulator.faults.dropConnections();
    }
    append(emulator, '1', 10);
    await until('all of the busy partition', () => busy.events.length >= 5000);
    await until('all of the idle partition', () => idle.events.length >= 10);
    assert.deepEqual(busy.sequenceNumbers, range(5000));
    assert.deepEqual(idle.sequenceNumbers, range(10));
    assert.deepEqual([busy.ends, idle.ends], [[], []]);
  },
);

testOnBothPaths(
  'G8: a service that is gone for ten seconds is come back to, without loss and without an end',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    const { proxy, connectionString } = await proxied(t, emulator);
    const source = await sourceFor(t, accessTo(connectionString));
    const listener = new RecordingListener();
    append(emulator, '0', 100);
    source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    await until('the first events', () => listener.events.length === 100);
    proxy.refuse();
    append(emulator, '0', 100);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    assert.equal(Reflect.get(listener.faults[0] ?? {}, 'code'), 'EHW_EVENT_HUB_UNREACHABLE');
    append(emulator, '0', 50);
    proxy.restore();
    const startedMs = performance.now();
    await until('the rest', () => listener.events.length >= 250);
    assert.ok(performance.now() - startedMs < 4000, 'it comes back soon after the service');
    assert.deepEqual(listener.sequenceNumbers, range(250));
    assert.deepEqual(listener.ends, []);
  },
);

testOnBothPaths(
  'G8: link detaches for maintenance, refused attaches and a busy service are waited out',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    append(emulator, '0', 1000);
    const refusals = [
      { condition: 'com.microsoft:server-busy', code: 'EHW_EVENT_HUB_BUSY' },
      { condition: 'amqp:internal-error', code: 'EHW_EVENT_HUB_FAILED' },
      { condition: 'com.microsoft:timeout', code: 'EHW_EVENT_HUB_UNREACHABLE' },
    ];
    for (const { condition } of refusals) {
      emulator.faults.inject({
        at: 'attach',
        role: 'receiver',
        partitionId: '0',
        error: { condition },
        times: 2,
      });
    }
    const source = await sourceFor(t, accessTo(emulator.connectionString()), { maxBatchSize: 100 });
    const listener = new RecordingListener();
    source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    await until('all events', () => listener.events.length >= 1000, 30_000);
    const codes = new Set(listener.faults.map((fault) => Reflect.get(fault, 'code')));
    assert.deepEqual(codes, new Set(refusals.map(({ code }) => code)));
    emulator.faults.detachLinks({ role: 'receiver' });
    append(emulator, '0', 100);
    await until('the events after a detach', () => listener.events.length >= 1100);
    assert.deepEqual(listener.sequenceNumbers, range(1100));
    assert.deepEqual(listener.ends, []);
  },
);

testOnBothPaths(
  'G8: a start into a network that swallows everything succeeds as soon as the network is back',
  async (t) => {
    const emulator = await emulatorWith(t, 2);
    const { proxy, connectionString } = await proxied(t, emulator);
    const source = await sourceFor(t, accessTo(connectionString));
    const given = (): Promise<readonly string[]> => source.partitionIds(AbortSignal.timeout(500));
    proxy.freeze();
    for (let tries = 0; tries < 3; tries += 1) await assert.rejects(given());
    proxy.restore();
    let found: readonly string[] = [];
    for (let tries = 0; tries < 10 && found.length === 0; tries += 1) found = await given().catch(() => []);
    assert.deepEqual(found, ['0', '1']);
    await until('the connections given up are closed', () => proxy.connections.length === 1);
  },
);

testOnBothPaths(
  'close() ends in time when the network swallows everything, and a new owner goes on',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    const { proxy, connectionString } = await proxied(t, emulator);
    const source = await sourceFor(t, accessTo(connectionString));
    const listener = new RecordingListener();
    const link = source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    append(emulator, '0', 10);
    await until('ten events', () => listener.events.length === 10);
    proxy.freeze();
    const startedMs = performance.now();
    await link.close();
    await source.close();
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 11_500, `close took ${tookMs} ms`);

    const next = await sourceFor(t, accessTo(emulator.connectionString()), { workerId: 'worker-b' });
    const heir = new RecordingListener();
    next.open({ partitionId: '0', generation: 2, start: fromStart }, heir);
    await until('the heir has all', () => heir.events.length === 10);
  },
);

testOnBothPaths('a close during a cut connection settles, again and again', async (t) => {
  const emulator = await emulatorWith(t, 1);
  append(emulator, '0', 200);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  for (let round = 1; round <= 5; round += 1) {
    const listener = new RecordingListener();
    const link = source.open({ partitionId: '0', generation: round, start: fromStart }, listener);
    await until('all events', () => listener.events.length === 200);
    const closing = link.close();
    emulator.faults.dropConnections();
    const startedMs = performance.now();
    await closing;
    assert.ok(performance.now() - startedMs < 6000);
    assert.deepEqual(listener.ends, []);
  }
});

testOnBothPaths('recycle() ends the open links as died and works again at once', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const { proxy, connectionString } = await proxied(t, emulator);
  append(emulator, '0', 5);
  const source = await sourceFor(t, accessTo(connectionString));
  const before = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, before);
  await until('five events', () => before.events.length === 5);
  for (const connection of proxy.connections) connection.freeze();
  const recycling = source.recycle();
  assert.equal(before.ends[0]?.kind, 'died');
  const afterwards = new RecordingListener();
  source.open({ partitionId: '0', generation: 2, start: fromStart }, afterwards);
  await until('five events again', () => afterwards.events.length === 5);
  await recycling;
  assert.equal(before.events.length, 5);
  assert.equal(before.ends.length, 1);
});

testOnBothPaths(
  'G7: a stuck listener holds back the link: what is queued stays within the window in events',
  async (t) => {
    const emulator = await emulatorWith(t, 1);
    append(emulator, '0', 20_000, 100);
    const source = await sourceFor(t, accessTo(emulator.connectionString()), {
      maxBatchSize: 100,
      prefetchEvents: 300,
    });
    const gate = new Deferred();
    const listener = new RecordingListener();
    listener.onBatch = () => (listener.batches.length > 10 ? gate.promise : Promise.resolve());
    const link = source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    await until('the listener is stuck', () => listener.batches.length > 10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    gate.resolve();
    await link.close();
    const taken = listener.events.length;
    assert.ok(taken <= 1100 + 300, `${taken} taken`);
  },
);
