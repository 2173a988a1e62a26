// Why the link's credit is kept by this worker: what the SDK does by itself, and what holds with LinkCredit. The first test
// fails when an SDK release keeps its credit constant (azure-sdk-for-js #39452): then link-credit.ts can go.

import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { EventHubConsumerClient } from '@azure/event-hubs';
import { eventOverheadBytes, LinkCredit } from '../../../src/azure/link-credit.ts';
import { ConnectionAccess } from '../../../src/azure/sdk-connection.ts';
import type { AttachedReceiver } from '../../../src/azure/sdk-connection.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { Deferred } from '../../support/deferred.ts';
import {
  accessTo,
  append,
  closeAfter,
  emulatorWith,
  fromStart,
  hubName,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';

interface Subscribed {
  readonly receivers: AttachedReceiver[];
  events: number;
}

/** The SDK's own subscription, with LinkCredit or without. */
function subscribe(
  t: TestContext,
  emulator: Emulator,
  options: {
    readonly prefetch: number;
    readonly credit?: LinkCredit;
    readonly onBatch?: () => Promise<void>;
  },
): Subscribed {
  const client = new EventHubConsumerClient('$Default', emulator.connectionString(), hubName);
  const subscribed: Subscribed = { receivers: [], events: 0 };
  const access = new ConnectionAccess(client, {
    attaching: async () => undefined,
    attached: ({ receiver }) => {
      subscribed.receivers.push(receiver);
      options.credit?.attach(receiver);
    },
    disconnected: () => undefined,
    receiving: () => undefined,
  });
  const subscription = client.subscribe(
    '0',
    {
      processEvents: async (events) => {
        subscribed.events += events.length;
        const bytes = events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
        options.credit?.taken(events.length, bytes);
        await options.onBatch?.();
      },
      processError: async () => undefined,
    },
    {
      maxBatchSize: 10,
      prefetchCount: options.prefetch,
      maxWaitTimeInSeconds: 1,
      skipParsingBodyAsJson: true,
      startPosition: { offset: '-1' },
    },
  );
  closeAfter(t, async () => {
    await subscription.close();
    await client.close();
    access.destroy();
  });
  return subscribed;
}

async function trickle(emulator: Emulator, events: number): Promise<void> {
  for (let sent = 0; sent < events; sent += 1) {
    append(emulator, '0', 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function creditOf({ receivers }: Subscribed): number {
  return receivers.at(-1)?.['_link'].credit ?? 0;
}

test('the SDK alone adds credit at every receive and never counts what is outstanding', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const bare = subscribe(t, emulator, { prefetch: 30 });
  await trickle(emulator, 40);
  await until('the events', () => bare.events >= 40);
  assert.ok(creditOf(bare) > 300, `credit is ${creditOf(bare)} with a prefetch of 30`);
});

test('G7: with LinkCredit the credit of a trickling link stays within the window', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const credit = new LinkCredit({ maxEvents: 30, maxBytes: 1e9 }, 30);
  const kept = subscribe(t, emulator, { prefetch: 30, credit });
  await trickle(emulator, 40);
  await until('the events', () => kept.events >= 40);
  assert.ok(creditOf(kept) <= 30, `credit is ${creditOf(kept)}`);
  assert.ok(creditOf(kept) >= 10, 'and there is enough to go on');
});

test('G7: what is queued stays within the window in bytes when small events are followed by large ones', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const mebibyte = 1024 * 1024;
  const gate = new Deferred();
  const credit = new LinkCredit({ maxEvents: 2000, maxBytes: 4 * mebibyte }, 2000);
  append(emulator, '0', 6000, 100);
  const link = subscribe(t, emulator, {
    prefetch: 2000,
    credit,
    onBatch: () => (link.events >= 5000 ? gate.promise : Promise.resolve()),
  });
  await until('the small ones', () => link.events >= 5000);
  append(emulator, '0', 400, 200_000);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const queued = credit.queuedBytes;
  gate.resolve();
  await until('the large ones', () => link.events >= 6400, 30_000);
  // Beyond the window only what was on its way when the credit was taken back: socket buffers and one event.
  assert.ok(queued > 0 && queued < 8 * mebibyte, `${(queued / mebibyte).toFixed(1)} MiB were queued`);
  assert.ok(credit.queuedBytes < 400 * eventOverheadBytes);
});

testOnBothPaths('an event larger than the whole window still comes through', async (t) => {
  const emulator = await emulatorWith(t, 1);
  append(emulator, '0', 20, 300_000);
  const source = await sourceFor(t, accessTo(emulator.connectionString()), { prefetchBytes: 1000 });
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('all', () => listener.events.length === 20);
});

testOnBothPaths('TCP_NODELAY is set on the first connection and on the one after a cut', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const setNoDelay = t.mock.method(Socket.prototype, 'setNoDelay');
  // The emulator's sockets live in this process too: only those that connected out are the source's.
  const outgoing = (): number =>
    setNoDelay.mock.calls.filter((call) => {
      const socket: unknown = call.this;
      return socket instanceof Socket && (socket.connecting || socket.remotePort === emulator.port);
    }).length;
  const listener = new RecordingListener();
  append(emulator, '0', 1);
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('an event', () => listener.events.length === 1);
  const before = outgoing();
  assert.ok(before > 0);
  emulator.faults.dropConnections();
  append(emulator, '0', 1);
  await until('another event', () => listener.events.length === 2);
  assert.ok(outgoing() > before);
});
