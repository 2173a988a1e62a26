// Event Hubs or Storage away for a minute: the same process goes on by itself, and its liveness probe never fails.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { until } from '../../chaos/until.ts';
import { exitCodeOf, statusOf } from '../../support/processes.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { HandledFile } from './handled-file.ts';
import { httpUrlOf, Stack } from './stack.ts';

const outageMs = 60_000;
const events = 1000;

// A minute is mostly waiting: the tests wait side by side.
describe('an outage', { concurrency: true }, () => {
  for (const [what, begin] of [
    ['refuses connections', (proxy: TcpProxy) => proxy.refuse()],
    ['answers nothing at all', (proxy: TcpProxy) => proxy.freeze()],
  ] as const) {
    it(`G8: Event Hubs ${what} for a minute; the worker goes on by itself and livez stays 200`, async (t) => {
      const stack = await Stack.start(t, 4);
      const proxy = await proxyTo(t, stack.eventHubConnectionString, /sb:\/\/127\.0\.0\.1:(\d+)/);
      const changes = {
        EVENTHUB_CONNECTION_STRING: stack.eventHubConnectionString.replace(
          /(127\.0\.0\.1):\d+/,
          `$1:${String(proxy.port)}`,
        ),
      };
      await survives(t, stack, proxy, begin, changes);
    });
  }

  it('G8: Storage refuses connections for a minute; the worker goes on by itself and livez stays 200', async (t) => {
    const stack = await Stack.start(t, 4);
    const proxy = await proxyTo(t, stack.storageConnectionString, /BlobEndpoint=http:\/\/127\.0\.0\.1:(\d+)/);
    const changes = {
      STORAGE_CONNECTION_STRING: stack.storageConnectionString.replace(
        /(BlobEndpoint=http:\/\/127\.0\.0\.1):\d+/,
        `$1:${String(proxy.port)}`,
      ),
    };
    await survives(t, stack, proxy, (cut) => cut.refuse(), changes);
  });
});

async function survives(
  t: TestContext,
  stack: Stack,
  proxy: TcpProxy,
  begin: (proxy: TcpProxy) => void,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const handled = await HandledFile.create(t);
  const worker = await stack.worker({ ...handled.environment, ...changes, WORKER_ID: 'w1' });
  const url = await httpUrlOf(worker);
  await stack.send(events, 0);
  await until('the first events are handled', 30_000, async () => (await handled.ids()).length >= events);

  begin(proxy);
  const endsAtMs = performance.now() + outageMs;
  await stack.send(events, events);
  while (performance.now() < endsAtMs) {
    assert.equal(await statusOf(`${url}/livez`), 200);
    assert.ok(worker.isRunning, worker.log());
    await delay(1000);
  }
  proxy.restore();
  const restoredMs = performance.now();
  await stack.untilCheckpointed(60_000);
  t.diagnostic(
    `everything was checkpointed ${(performance.now() - restoredMs).toFixed(0)} ms after the outage`,
  );

  const ids = await handled.ids();
  assert.equal(new Set(ids).size, 2 * events, 'nothing is lost');
  assert.equal(ids.length, 2 * events, 'nothing is repeated');
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 30_000), 0);
}

async function proxyTo(t: TestContext, connectionString: string, port: RegExp): Promise<TcpProxy> {
  const target = { host: '127.0.0.1', port: Number(port.exec(connectionString)?.[1]) };
  const proxy = await TcpProxy.start(target);
  t.after(async () => proxy.close());
  return proxy;
}
