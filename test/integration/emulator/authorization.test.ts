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
  const receiver = await raw.receiver(PARTITION);
  assert.match((await detachError(receiver)).description, /'Listen' claim/);
  const sender = await raw.sender(HUB);
  assert.match((await detachError(sender)).description, /'Send' claim/);
  // AMQP 1.0 part 2.6.3: go-amqp takes a link for open when its refused attach names a terminus.
  for (const terminus of [receiver.source, receiver.target, sender.source, sender.target]) {
    assert.equal('value' in terminus && terminus.value, null);
  }
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

const RULES = [
  { name: 'reader', key: 'read', rights: ['listen'] },
  { name: 'writer', key: 'write', rights: ['send'] },
] as const;

test('a key opens what its rule has the right to, and nothing else', async (t) => {
  const emulator = await emulatorFor(t, { rules: RULES });
  for (const [keyName, key, canListen] of [
    ['reader', 'read', true],
    ['writer', 'write', false],
  ] as const) {
    const raw = await RawClient.open(emulator.connectionString());
    closeBefore(emulator, async () => raw.close());
    const answer = await raw.putToken(HUB, { keyName, key });
    assert.equal(answer.application_properties['status-code'], 202);
    const [receiver, sender] = [await raw.receiver(PARTITION), await raw.sender(HUB)];
    const refused = await detachError(canListen ? sender : receiver);
    assert.equal(refused.condition, 'amqp:unauthorized-access');
    assert.match(refused.description, canListen ? /'Send' claim/ : /'Listen' claim/);
    assert.ok((canListen ? receiver : sender).is_open());
    const properties = await raw.request('$management', {
      application_properties: { operation: 'READ', type: 'com.microsoft:eventhub', name: HUB },
    });
    assert.equal(properties.application_properties['status-code'], 200, 'either right reads the properties');
  }
});

test('the SDK works with the connection string of a rule, and is told which right is missing', async (t) => {
  const emulator = await emulatorFor(t, {
    hubs: [{ name: HUB, partitionCount: 1, rules: [{ name: 'app', key: 'secret', rights: ['listen'] }] }],
  });
  const options = { retryOptions: { ...NO_RETRIES } };
  const producer = new EventHubProducerClient(emulator.connectionString(HUB, { rule: 'app' }), options);
  closeBefore(emulator, () => producer.close());
  assert.deepEqual(await producer.getPartitionIds(), ['0']);
  await assert.rejects(producer.sendBatch([{ body: 1 }]), {
    code: 'UnauthorizedError',
    message: /'Send' claim/,
  });
  assert.throws(() => emulator.connectionString(HUB, { rule: 'nobody' }), /no access rule nobody/);
  assert.throws(
    () => emulator.connectionString(undefined, { rule: 'app' }),
    RangeError,
    'not for the namespace',
  );
});

test('a token may be narrower than its rule: for a consumer group, for a publisher', async (t) => {
  const emulator = await emulatorFor(t, {
    hubs: [{ name: HUB, partitionCount: 1, consumerGroups: ['audit'] }],
  });
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(`${HUB}/ConsumerGroups/audit`);
  await raw.putToken(`${HUB}/Publishers/sensor-7`);
  assert.ok((await raw.receiver(PARTITION.replace('$Default', 'audit'))).is_open());
  assert.ok((await raw.sender(`${HUB}/publishers/Sensor-7`)).is_open());
  for (const link of [
    await raw.receiver(PARTITION),
    await raw.sender(HUB),
    await raw.sender(`${HUB}/Publishers/sensor-8`),
  ]) {
    assert.equal((await detachError(link)).condition, 'amqp:unauthorized-access');
  }
});

test('a token whose resource has no scheme is taken, as Go makes them', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  const resource = `127.0.0.1/${HUB}`;
  assert.equal((await raw.putToken(HUB, { resource })).application_properties['status-code'], 202);
  assert.ok((await raw.sender(HUB)).is_open());
  const other = await raw.putToken('payments', { resource });
  assert.match(String(other.application_properties['status-description']), /^InvalidAudience/);
});

test('a second $cbs link on a connection is refused, and a next one after it has closed is not', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  const first = [await raw.receiver('$cbs'), await raw.sender('$cbs')] as const;
  for (const second of [await raw.receiver('$cbs'), await raw.sender('$cbs')]) {
    const { condition, description } = await detachError(second);
    assert.equal(condition, 'amqp:not-allowed');
    assert.match(description, /\$cbs node has already been opened/);
  }
  for (const link of first) link.close();
  assert.equal((await raw.putToken(HUB)).application_properties['status-code'], 202);
});

test('namespaces of one emulator are told apart by host name; keys and tokens are of one of them', async (t) => {
  const emulator = await emulatorFor(t, {
    namespaces: [
      { hostName: 'shop.localhost', hubs: [{ name: 'baskets', partitionCount: 2 }], sharedAccessKey: 'shop' },
    ],
  });
  const open = async (hostname?: string): Promise<RawClient> => {
    const raw = await RawClient.open(emulator.connectionString(), undefined, hostname);
    closeBefore(emulator, async () => raw.close());
    return raw;
  };
  const shop = await open('SHOP.localhost:5672');
  const audience = 'sb://shop.localhost/baskets';
  assert.match(
    emulator.connectionString('baskets', { namespace: 'shop.localhost' }),
    /sb:\/\/shop.localhost:.*Key=shop/,
  );
  const statusOf = async (change: object): Promise<unknown> =>
    (await shop.putToken('', { audience, ...change })).application_properties['status-code'];
  assert.equal(await statusOf({}), 401, 'the key of the first namespace');
  assert.equal(
    await statusOf({ key: 'shop', resource: `sb://127.0.0.1/baskets` }),
    401,
    'a token for the first',
  );
  assert.equal(await statusOf({ key: 'shop' }), 202);
  assert.ok((await shop.sender('baskets')).is_open());
  assert.equal((await detachError(await shop.sender(HUB))).condition, 'amqp:not-found');
  emulator.hub('baskets', 'shop.localhost').append('1', { body: 1 });
  assert.equal(emulator.hub('baskets', 'shop.localhost').partition('1').eventCount, 1);
  assert.throws(() => emulator.hub('baskets'), /no hub baskets/);

  const first = await open('anything.example');
  await first.putToken(HUB);
  assert.ok((await first.sender(HUB)).is_open(), 'the first answers to every other name');
  assert.equal((await detachError(await first.sender('baskets'))).condition, 'amqp:not-found');
  assert.equal(emulator.faults.detachLinks({ namespace: 'shop.localhost' }), 1);
});

test('an event sent to a publisher address tells its publisher, which is its partition key', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB);
  const sender = await raw.sender(`${HUB}/Publishers/sensor-7`);
  const outcome = once(sender, 'accepted');
  sender.send({ body: 'x' });
  await outcome;
  const refused = once(sender, 'rejected');
  sender.send({ body: 'y', message_annotations: { 'x-opt-partition-key': 'sensor-8' } });
  await refused;
  const partition = emulator.hub(HUB).partitions.find(({ eventCount }) => eventCount > 0);
  assert.equal(partition?.eventCount, 1, 'another key than the publisher is refused');
  const receiver = await raw.receiver(PARTITION.replace(/0$/, partition.id));
  receiver.add_credit(1);
  const [{ message }] = (await once(receiver, 'message')) as [rhea.EventContext];
  assert.equal(message?.message_annotations?.['x-opt-publisher'], 'sensor-7');
  assert.equal(message?.message_annotations?.['x-opt-partition-key'], 'sensor-7');
});
