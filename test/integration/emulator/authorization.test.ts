// $cbs and what a connection may do by its tokens.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { EventHubProducerClient } from '@azure/event-hubs';
import rhea from 'rhea';
import { HUB, NO_RETRIES, closeBefore, emulatorFor } from './emulator-fixture.ts';
import { RawClient, detachError } from './raw-amqp.ts';

const PARTITION = `${HUB}/ConsumerGroups/$Default/Partitions/0`;

test('the SDK is refused with a wrong key', async (t) => {
  const emulator = await emulatorFor(t);
  const wrong = emulator.connectionString(HUB).replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
  const producer = new EventHubProducerClient(wrong, { retryOptions: { ...NO_RETRIES } });
  closeBefore(emulator, () => producer.close());
  await assert.rejects(producer.sendBatch([{ body: 1 }]), {
    code: 'UnauthorizedError',
    message: /InvalidSignature/,
  });
});

test('put-token answers as the service does: status code as int, words that say why', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  const cases = [
    [await raw.putToken(HUB), 202, /Accepted/],
    [await raw.putToken(PARTITION), 202, /Accepted/],
    [await raw.putToken(HUB, { key: 'wrong' }), 401, /^InvalidSignature/],
    [await raw.putToken(HUB, { keyName: 'other' }), 401, /^InvalidSignature/],
    [await raw.putToken(HUB, { seconds: -1 }), 401, /^ExpiredToken/],
    [await raw.putToken(HUB, { resource: 'sb://127.0.0.1/another' }), 401, /^InvalidAudience/],
    [await raw.putToken('nothing'), 404, /could not be found/],
  ] as const;
  for (const [answer, status, description] of cases) {
    assert.equal(answer.application_properties['status-code'], status);
    assert.match(String(answer.application_properties['status-description']), description);
    assert.equal(answer.application_properties['error-condition'] === undefined, status === 202);
  }
});

test('a token for a parent covers what is below it, and nothing beside it', async (t) => {
  const emulator = await emulatorFor(t, {
    hubs: [
      { name: HUB, partitionCount: 1 },
      { name: `${HUB}2`, partitionCount: 1 },
    ],
  });
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB.toUpperCase());
  assert.ok((await raw.receiver(PARTITION)).is_open());
  assert.ok((await raw.sender(`${HUB}/Partitions/0`)).is_open());
  const beside = await raw.sender(`${HUB}2`);
  assert.equal((await detachError(beside)).condition, 'amqp:unauthorized-access');
});

test('without a token nothing opens, neither links nor $management', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  assert.match((await detachError(await raw.receiver(PARTITION))).description, /'Listen' claim/);
  assert.match((await detachError(await raw.sender(HUB))).description, /'Send' claim/);
  const answer = await raw.request('$management', {
    application_properties: { operation: 'READ', type: 'com.microsoft:eventhub', name: HUB },
  });
  assert.equal(answer.application_properties['status-code'], 401);
});

test('links are detached when their token has run out and was not renewed', async (t) => {
  let aheadMs = 0;
  const emulator = await emulatorFor(t, { now: () => Date.now() + aheadMs });
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB, { seconds: 60 });
  const receiver = await raw.receiver(PARTITION);
  const sender = await raw.sender(HUB);
  aheadMs = 61_000;
  for (const link of [receiver, sender]) assert.match((await detachError(link)).description, /^ExpiredToken/);
  assert.deepEqual(emulator.hub(HUB).receivers('0'), []);
});

test('SASL PLAIN with the key opens everything, with another key nothing', async (t) => {
  const emulator = await emulatorFor(t, { sharedAccessKeyName: 'app', sharedAccessKey: 'secret' });
  const { host, port } = emulator;
  const connect = (password: string): rhea.Connection => {
    const connection = rhea
      .create_container()
      .connect({ host, port, username: 'app', password, reconnect: false });
    connection.on('disconnected', () => undefined);
    closeBefore(emulator, async () => connection.close());
    return connection;
  };
  const good = connect('secret');
  const receiver = good.open_receiver(PARTITION);
  await once(receiver, 'receiver_open');
  assert.ok(receiver.is_open());
  const bad = connect('wrong');
  bad.on('connection_error', () => undefined);
  const [{ error }] = (await once(bad, 'connection_close')) as [{ error: { condition: string } }];
  assert.equal(error.condition, 'amqp:unauthorized-access');
});

test('a JWT of the configured issuer opens everything; one of another does not', async (t) => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKeyPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const emulator = await emulatorFor(t, { jwt: { issuer: 'https://issuer.example', publicKeyPem } });
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  const put = async (iss: string): Promise<unknown> => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 60;
    const signed = `${part({ alg: 'RS256' })}.${part({ iss, aud: 'https://eventhubs.azure.net//', exp })}`;
    const signature = sign('sha256', Buffer.from(signed), keys.privateKey).toString('base64url');
    const answer = await raw.request('$cbs', {
      application_properties: { operation: 'put-token', type: 'jwt', name: `sb://localhost/${HUB}` },
      body: `${signed}.${signature}`,
    });
    return answer.application_properties['status-code'];
  };
  assert.equal(await put('https://evil.example'), 401);
  assert.equal(await put('https://issuer.example'), 202);
  assert.ok((await raw.receiver(PARTITION)).is_open());
});
