// The production transports: TLS, WebSockets over it, and what openAzure() puts together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { openAzure } from '../../../src/azure/azure.ts';
import type { EventHubAccess } from '../../../src/azure/credentials.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { startAzurite, uniqueContainerName } from '../../support/azurite.ts';
import { realClock } from '../../support/real-clock.ts';
import {
  accessTo,
  append,
  closeAfter,
  emulatorWith,
  fromStart,
  hubName,
  range,
  RecordingListener,
  sourceFor,
  testOnBothPaths,
  until,
} from './source-fixture.ts';
import { noAbort } from './store-fixture.ts';

testOnBothPaths('receives over TLS, also after a cut, and closes', async (t) => {
  const emulator = await emulatorWith(t, 1, { tls: { port: 0 } });
  trust(t, emulator);
  const connectionString = emulator
    .connectionString()
    .replace(`:${emulator.port}`, `:${emulator.tlsPort}`)
    .replace(/;?UseDevelopmentEmulator=true/, '');
  await receiveOverCut(t, emulator, accessTo(connectionString));
});

testOnBothPaths('receives over secure WebSockets, also after a cut, and closes', async (t) => {
  const emulator = await emulatorWith(t, 1, { webSockets: { port: 0 } });
  trust(t, emulator);
  const connectionString = emulator
    .connectionString()
    .replace(`:${emulator.port}`, `:${emulator.webSocketPort}`);
  await receiveOverCut(t, emulator, { ...accessTo(connectionString), transport: 'websockets' });
});

test('openAzure gives every port of the engine on one namespace, one group and two containers', async (t) => {
  const azurite = await startAzurite();
  closeAfter(t, () => azurite.stop());
  const emulator = await emulatorWith(t, 2);
  const requests: string[] = [];
  const azure = await openAzure({
    eventHub: {
      ...accessTo(emulator.connectionString()),
      consumerGroup: '$Default',
      maxBatchSize: 100,
      prefetchEvents: 300,
    },
    storage: {
      credentials: { kind: 'connection-string', connectionString: azurite.connectionString },
      checkpointContainer: uniqueContainerName(),
      deadLetterContainer: uniqueContainerName(),
    },
    workerId: 'w1',
    clock: realClock,
    random: { next: () => Math.random() },
    onStorageRequest: ({ operation, status }) => requests.push(`${operation} ${status}`),
  });
  closeAfter(t, () => azure.close());
  await assert.rejects(azure.leases.readGroup(noAbort), { code: 'EHW_CONTAINER_NOT_FOUND' });
  await azure.createCheckpointContainer(noAbort);
  const checkpoint = { partitionId: '0', sequenceNumber: 4, offset: '9', generation: 1, completed: '' };
  await azure.checkpoints.writeCheckpoint(checkpoint, undefined, noAbort);
  const view = await azure.leases.readGroup(noAbort);
  assert.equal(view.checkpoints[0]?.sequenceNumber, 4);
  assert.deepEqual([...(await azure.source.partitionIds(noAbort))], ['0', '1']);
  assert.deepEqual(requests, ['list 404', 'create ok', 'create ok', 'list ok']);
  assert.equal(emulator.hub(hubName).partitions.length, 2);
});

function trust(t: TestContext, { caCertificatePem }: Emulator): void {
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, caCertificatePem ?? '']);
  t.after(() => tls.setDefaultCACertificates(trusted));
}

async function receiveOverCut(t: TestContext, emulator: Emulator, access: EventHubAccess): Promise<void> {
  const source = await sourceFor(t, access);
  const listener = new RecordingListener();
  append(emulator, '0', 700);
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('the first events', () => listener.events.length === 700);
  emulator.faults.dropConnections();
  append(emulator, '0', 300);
  await until('the rest', () => listener.events.length >= 1000);
  assert.deepEqual(listener.sequenceNumbers, range(1000));
  const startedMs = performance.now();
  await source.close();
  assert.ok(performance.now() - startedMs < 4000);
}
