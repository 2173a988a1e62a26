// Event Hubs over WebSockets through an HTTP proxy that is a process of its own. The namespace's name resolves nowhere here: only
// the proxy knows it, as in a network from which nothing else gets out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import type { EventHubAccess } from '../../../src/azure/credentials.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { EncodedSender } from '../../../src/azure/encoded-sender.ts';
import { orThrow, readEventHubConfig } from '../../../src/config/read-config.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { selfSignedCertificate } from '../../../src/emulator/transport/self-signed-certificate.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { realClock } from '../../support/real-clock.ts';
import {
  append,
  emulatorWith,
  fromStart,
  hubName,
  RecordingListener,
  sourceFor,
  until,
} from './source-fixture.ts';
import { noAbort } from './store-fixture.ts';

const namespace = 'orders.servicebus.example';

/** An emulator that only the proxy finds. */
async function hiddenEmulator(t: TestContext): Promise<Emulator> {
  const certificate = selfSignedCertificate([namespace, 'localhost', '127.0.0.1'], Date.now());
  const emulator = await emulatorWith(t, 1, { webSockets: { port: 0 }, certificate });
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, certificate.certificatePem]);
  t.after(() => tls.setDefaultCACertificates(trusted));
  return emulator;
}

function accessThrough(
  emulator: Emulator,
  environment: Record<string, string>,
  host = namespace,
): EventHubAccess {
  const values = {
    EVENTHUB_CONNECTION_STRING: emulator
      .connectionString(hubName)
      .replace(`127.0.0.1:${String(emulator.port)}`, `${host}:${String(emulator.webSocketPort)}`),
    EVENTHUB_TRANSPORT: 'websockets',
    ...environment,
  };
  return orThrow(readEventHubConfig([{ origin: 'environment', values }]));
}

test('a consumer and a producer go through the proxy, with its password, also after a cut', async (t) => {
  const emulator = await hiddenEmulator(t);
  const proxy = await startConnectProxy(t, { userinfo: 'me:p@ss word' });
  const access = accessThrough(emulator, {
    HTTPS_PROXY: `http://me:p%40ss%20word@127.0.0.1:${String(proxy.port)}`,
    NO_PROXY: 'localhost,127.0.0.1',
  });
  const source = await sourceFor(t, access);
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  const sender = await EncodedSender.open(access, realClock);
  t.after(() => sender.close());
  const outcome = await sender.sendBatch(
    [encodeMessage({ body: { data: [''] } })],
    { partitionId: '0' },
    noAbort,
  );
  assert.equal(outcome.kind, 'taken');
  await until('the sent event', () => listener.events.length === 1);
  emulator.faults.dropConnections();
  append(emulator, '0', 3);
  await until('the events after the cut', () => listener.events.length === 4);
  const target = `${namespace}:${String(emulator.webSocketPort)}`;
  assert.ok(proxy.targets.length >= 3, proxy.targets.join(' '));
  assert.deepEqual([...new Set(proxy.targets)], [target]);
});

test('a host that NO_PROXY names is reached directly', async (t) => {
  const emulator = await hiddenEmulator(t);
  const proxy = await startConnectProxy(t);
  const environment = { https_proxy: `http://127.0.0.1:${String(proxy.port)}`, no_proxy: 'x, localhost' };
  const source = await sourceFor(t, accessThrough(emulator, environment, 'localhost'));
  assert.deepEqual([...(await source.partitionIds(noAbort))], ['0']);
  assert.deepEqual(proxy.targets, []);
});

test('a proxy that lets nobody through is to blame, and shows no password', async (t) => {
  const emulator = await hiddenEmulator(t);
  const wantsPassword = await startConnectProxy(t, { userinfo: 'me:right' });
  const refuses = await startConnectProxy(t, { refusal: 403 });
  for (const [address, says] of [
    [
      `http://me:wrong-one@127.0.0.1:${String(wantsPassword.port)}`,
      /the proxy http:\/\/\*\*\*@127\.0\.0\.1:\d+, and it answered 407/,
    ],
    [`http://127.0.0.1:${String(refuses.port)}`, /the proxy http:\/\/127\.0\.0\.1:\d+, and it answered 403/],
    ['http://127.0.0.1:1', /the proxy http:\/\/127\.0\.0\.1:1, and it cannot be reached: .*ECONNREFUSED/],
  ] as const) {
    const source = await sourceFor(t, accessThrough(emulator, { HTTPS_PROXY: address }));
    await assert.rejects(source.partitionIds(AbortSignal.timeout(20_000)), (error) => {
      assert.ok(error instanceof WorkerError, String(error));
      assert.equal(error.code, 'EHW_PROXY_FAILED');
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /wrong-one/);
      return true;
    });
  }
});
