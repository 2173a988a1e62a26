// G7 over a real link: after a trickle that asked for credit again and again, a stuck listener stops a burst.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import { Deferred } from '../../support/deferred.ts';
import {
  accessTo,
  append,
  closeAfter,
  emulatorWith,
  fromStart,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';

/** Forwards to the port and counts what comes back. */
async function countingProxy(
  t: TestContext,
  port: number,
): Promise<{ readonly port: number; bytes: number }> {
  const count = { port: 0, bytes: 0 };
  const server = createServer((client) => {
    const service = connect(port, '127.0.0.1');
    client.pipe(service);
    service.pipe(client);
    service.on('data', (chunk) => (count.bytes += chunk.byteLength));
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfter(t, () => new Promise((resolve) => server.close(() => resolve())));
  return Object.assign(count, { port: (server.address() as AddressInfo).port });
}

testOnBothPaths(
  'G7: credit does not add up while events trickle in: a burst behind a stuck listener stays outside',
  async (t) => {
    const eventBytes = 10_000;
    const prefetchEvents = 50;
    const emulator = await emulatorWith(t, 1);
    const proxy = await countingProxy(t, emulator.port);
    const connectionString = emulator.connectionString().replace(`:${emulator.port}`, `:${proxy.port}`);
    const source = await sourceFor(t, accessTo(connectionString), { maxBatchSize: 10, prefetchEvents });
    const listener = new RecordingListener();
    source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    for (let trickled = 1; trickled <= 60; trickled += 1) {
      append(emulator, '0', 1);
      await until('the event', () => listener.events.length === trickled);
    }
    const gate = new Deferred();
    closeAfter(t, async () => gate.resolve());
    listener.onBatch = () => gate.promise;
    const before = proxy.bytes;
    append(emulator, '0', 5_000, eventBytes);
    await until('the burst', () => listener.events.length > 60);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const crossed = (proxy.bytes - before) / eventBytes;
    assert.ok(crossed <= 2 * prefetchEvents, `${Math.round(crossed)} events crossed the network`);
  },
);
