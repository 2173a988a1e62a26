// The production transports: TLS and secure WebSockets, with the certificate the emulator makes, SAS keys and JWTs.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { before, test } from 'node:test';
import tls from 'node:tls';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import type { EventHubClientOptions, TokenCredential } from '@azure/event-hubs';
import { WebSocket } from 'ws';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { selfSignedCertificate } from '../../../src/emulator/transport/self-signed-certificate.ts';
import { HUB, NO_RETRIES, closeBefore, emulatorFor, until } from './emulator-fixture.ts';

const certificate = selfSignedCertificate(['localhost', '127.0.0.1'], Date.now());

before(() => {
  // The SDK has no option for trusted roots: it uses those of the process.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate.certificatePem]);
});

function tlsConnectionString(emulator: Emulator): string {
  return emulator.connectionString(HUB).replace(';UseDevelopmentEmulator=true', '');
}

async function sendAndReceive(
  emulator: Emulator,
  producer: EventHubProducerClient,
  consumer: EventHubConsumerClient,
): Promise<void> {
  closeBefore(emulator, () => producer.close());
  closeBefore(emulator, () => consumer.close());
  await producer.sendBatch([{ body: 'over the wire' }, { body: Buffer.alloc(300_000) }], {
    partitionId: '0',
  });
  const bodies: unknown[] = [];
  const errors: unknown[] = [];
  const subscription = consumer.subscribe(
    '0',
    {
      processEvents: async (events) => void bodies.push(...events.map((event): unknown => event.body)),
      processError: async (error) => void errors.push(error),
    },
    { startPosition: earliestEventPosition, maxBatchSize: 10, maxWaitTimeInSeconds: 1 },
  );
  await until(`the events came (${errors.join(', ')})`, () => bodies.length === 2);
  assert.equal(bodies[0], 'over the wire');
  await subscription.close();
}

test('the SDK works over TLS', async (t) => {
  const emulator = await emulatorFor(t, { tls: { port: 0 }, certificate });
  const options: EventHubClientOptions = {
    customEndpointAddress: `sb://localhost:${emulator.tlsPort}`,
    retryOptions: { ...NO_RETRIES },
  };
  const connectionString = tlsConnectionString(emulator);
  await sendAndReceive(
    emulator,
    new EventHubProducerClient(connectionString, options),
    new EventHubConsumerClient('$Default', connectionString, options),
  );
});

test('the SDK works over WebSockets', async (t) => {
  const emulator = await emulatorFor(t, { webSockets: { port: 0 }, certificate });
  const options = (): EventHubClientOptions => ({
    customEndpointAddress: `sb://localhost:${emulator.webSocketPort}`,
    webSocketOptions: { webSocket: WebSocket },
    retryOptions: { ...NO_RETRIES },
  });
  const connectionString = tlsConnectionString(emulator);
  await sendAndReceive(
    emulator,
    new EventHubProducerClient(connectionString, options()),
    new EventHubConsumerClient('$Default', connectionString, options()),
  );
});

test('a TokenCredential of the SDK is accepted over TLS, as with Entra ID', async (t) => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const emulator = await emulatorFor(t, {
    tls: { port: 0 },
    certificate,
    jwt: { issuer: 'i', jwks: { keys: [keys.publicKey.export({ format: 'jwk' })] } },
  });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expiresOnTimestamp = Date.now() + 3_600_000;
  const claims = { iss: 'i', aud: 'https://eventhubs.azure.net', exp: Math.floor(expiresOnTimestamp / 1000) };
  const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
  const token = `${signed}.${sign('sha256', Buffer.from(signed), keys.privateKey).toString('base64url')}`;
  const credential: TokenCredential = { getToken: async () => ({ token, expiresOnTimestamp }) };
  const options = {
    customEndpointAddress: `sb://localhost:${emulator.tlsPort}`,
    retryOptions: { ...NO_RETRIES },
  };
  await sendAndReceive(
    emulator,
    new EventHubProducerClient('localhost', HUB, credential, options),
    new EventHubConsumerClient('$Default', 'localhost', HUB, credential, options),
  );
});

test('the certificate the emulator makes itself is trusted by who is given it', async (t) => {
  const emulator = await emulatorFor(t, { tls: { port: 0 } });
  const ca = emulator.caCertificatePem;
  assert.ok(ca !== undefined && emulator.tlsPort !== undefined);
  const socket = tls.connect({ host: '127.0.0.1', port: emulator.tlsPort, ca });
  await once(socket, 'secureConnect');
  assert.ok(socket.authorized);
  socket.destroy();
});

test('only the path and protocol of the service are taken on the WebSocket port', async (t) => {
  const emulator = await emulatorFor(t, { webSockets: { port: 0 }, certificate });
  const ca = certificate.certificatePem;
  const elsewhere = new WebSocket(`wss://localhost:${emulator.webSocketPort}/other`, ['AMQPWSB10'], { ca });
  await once(elsewhere, 'error');
  const response = await fetch(`https://localhost:${emulator.webSocketPort}/`).catch(
    (error: unknown) => error,
  );
  if (response instanceof Response) assert.equal(response.status, 426);
});

test('the WebSocket path may end in a slash, and the protocol be called by its short name', async (t) => {
  const emulator = await emulatorFor(t, { webSockets: { port: 0 }, certificate });
  const ca = certificate.certificatePem;
  const address = `wss://localhost:${emulator.webSocketPort}/$servicebus/websocket/`;
  for (const protocol of ['AMQPWSB10', 'amqp']) {
    const webSocket = new WebSocket(address, [protocol], { ca });
    await once(webSocket, 'open');
    assert.equal(webSocket.protocol, protocol);
    webSocket.terminate();
  }
});

test('a port that is taken is a clear error, and nothing is left open', async (t) => {
  const taken = createServer();
  t.after(() => taken.close());
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  const options = { hubs: [{ name: HUB, partitionCount: 1 }], tls: { port: address.port } };
  await assert.rejects(startEmulator({ ...options, port: 0 }), { code: 'EADDRINUSE' });
  await assert.rejects(startEmulator({ hubs: [], port: address.port }), { code: 'EADDRINUSE' });
});

test('a stream that is no AMQP is closed and disturbs nobody', async (t) => {
  const emulator = await emulatorFor(t);
  const { connect } = await import('node:net');
  const socket = connect(emulator.port, emulator.host);
  socket.end('GET / HTTP/1.1\r\n\r\n');
  await once(socket.resume(), 'close');
  const producer = new EventHubProducerClient(emulator.connectionString(HUB), {
    retryOptions: { ...NO_RETRIES },
  });
  closeBefore(emulator, () => producer.close());
  assert.equal((await producer.getPartitionIds()).length, 4);
});
