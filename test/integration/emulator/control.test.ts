// The control port: what it does for other processes, and for whom it does nothing.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { Emulator } from '../../../src/emulator/index.ts';
import { HUB, consumerFor, emulatorFor, preload, producerFor, read, until } from './emulator-fixture.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function control(emulator: Emulator, method: string, path: string, body?: object): Promise<Answer> {
  return await send(emulator, method, path, {}, body === undefined ? undefined : JSON.stringify(body));
}

/** Not fetch: a browser sets headers that fetch does not let a test set. */
async function send(
  emulator: Emulator,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        host: emulator.host,
        port: emulator.controlPort,
        method,
        path,
        headers: {
          authorization: `Bearer ${emulator.controlToken}`,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

test('the control port shows hubs and orders faults', async (t) => {
  const emulator = await emulatorFor(t, { control: { port: 0 } });
  preload(emulator, '0', 3);
  const reading = read(consumerFor(emulator), '0', { ownerLevel: 4 });
  await until('the events', () => reading.events.length === 3, reading);
  const status = (await control(emulator, 'GET', '/status')).body as {
    hubs: { name: string; partitions: { lastSequenceNumber: number; receivers: { epoch: number }[] }[] }[];
  };
  assert.equal(status.hubs[0]?.name, HUB);
  assert.equal(status.hubs[0]?.partitions[0]?.lastSequenceNumber, 2);
  assert.equal(status.hubs[0]?.partitions[0]?.receivers[0]?.epoch, 4);

  const rule = { at: 'management', error: { condition: 'amqp:internal-error' } };
  const { body } = await control(emulator, 'POST', '/faults', rule);
  const { id } = body as { id: number };
  await assert.rejects(producerFor(emulator).getPartitionIds(), { code: 'InternalServerError' });
  assert.deepEqual(
    ((await control(emulator, 'GET', '/faults')).body as { hits: number }[]).map(({ hits }) => hits),
    [1],
  );
  assert.deepEqual((await control(emulator, 'DELETE', `/faults/${id}`)).body, { removed: true });
  assert.equal((await producerFor(emulator).getPartitionIds()).length, 4);

  assert.deepEqual((await control(emulator, 'DELETE', '/links', { role: 'receiver' })).body, { detached: 1 });
  assert.deepEqual(
    (await control(emulator, 'POST', `/hubs/${HUB}/partitions/0/expire`, { beforeSequenceNumber: 2 })).body,
    { expired: 2 },
  );
  await control(emulator, 'POST', `/hubs/${HUB}/partitions`, { count: 1 });
  assert.equal(emulator.hub(HUB).partitionIds.length, 5);
  await control(emulator, 'POST', `/hubs/${HUB}/recreate`);
  assert.equal(emulator.hub(HUB).partition('0').lastSequenceNumber, -1);
  const { dropped } = (await control(emulator, 'DELETE', '/connections')).body as { dropped: number };
  assert.ok(dropped >= 1);
  await reading.close();
});

test('the control port says what is wrong with a request', async (t) => {
  const emulator = await emulatorFor(t, { control: { port: 0 } });
  const cases = [
    ['GET', '/lunch', undefined, 404, /no such resource/],
    ['GET', '/hubs/nothing', undefined, 404, /no hub nothing/],
    ['POST', '/faults', { at: 'lunch' }, 400, /'at' must be one of/],
    ['POST', `/hubs/${HUB}/partitions`, { count: -1 }, 400, /whole number/],
    ['POST', `/hubs/${HUB}/partitions/77/expire`, { beforeSequenceNumber: 0 }, 404, /no partition 77/],
  ] as const;
  for (const [method, path, body, status, message] of cases) {
    const answer = await control(emulator, method, path, body);
    assert.equal(answer.status, status, path);
    assert.match((answer.body as { error: string }).error, message);
  }
});

const DROP = [HUB, 'recreate'] as const;

const STRANGERS: readonly (readonly [who: string, headers: Record<string, string>, status: number])[] = [
  ['without the token', { authorization: '' }, 401],
  ['with another token', { authorization: 'Bearer guessed' }, 401],
  ['of a page, though it knows the token', { origin: 'https://evil.example' }, 403],
  ['of a page that hides its origin', { 'sec-fetch-site': 'cross-site' }, 403],
  ['to a name that was made to lead here', { host: 'evil.example:5680' }, 403],
  ['that a page may send without asking first', { 'content-type': 'text/plain' }, 415],
];

for (const [who, headers, status] of STRANGERS) {
  test(`a request ${who} changes nothing`, async (t) => {
    const emulator = await emulatorFor(t, { control: { port: 0 } });
    preload(emulator, '0', 3);
    const answer = await send(emulator, 'POST', `/hubs/${DROP.join('/')}`, headers, '{}');
    assert.equal(answer.status, status);
    assert.equal(emulator.hub(HUB).partition('0').eventCount, 3);
  });
}

test('every name of this machine is answered, and a given token is the one', async (t) => {
  const emulator = await emulatorFor(t, { control: { port: 0, token: 'given' } });
  assert.equal(emulator.controlToken, 'given');
  for (const host of ['localhost', 'hub.localhost:5680', '127.0.0.1:1', '[::1]:5680']) {
    assert.equal((await send(emulator, 'GET', '/status', { host })).status, 200, host);
  }
});

test('a page cannot open a WebSocket, except one of a site that was named', async (t) => {
  const site = 'https://app.example';
  const emulator = await emulatorFor(t, { webSockets: { port: 0, origins: [site] } });
  const outcomeFor = async (origin: string | undefined): Promise<string> => {
    const url = `wss://127.0.0.1:${emulator.webSocketPort}/$servicebus/websocket`;
    const options = { rejectUnauthorized: false, ...(origin === undefined ? {} : { origin }) };
    const socket = new WebSocket(url, 'AMQPWSB10', options);
    return await new Promise((resolve) => {
      socket.on('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.on('error', (error) => resolve(error.message));
    });
  };
  assert.match(await outcomeFor('https://evil.example'), /401/);
  assert.equal(await outcomeFor(undefined), 'open', 'no client but a browser names an origin');
  assert.equal(
    await outcomeFor(`https://127.0.0.1:${emulator.webSocketPort}`),
    'open',
    "Python's client does",
  );
  assert.equal(await outcomeFor(site), 'open');
});

test('other processes append events of every kind, compact, and promote a secondary', async (t) => {
  const emulator = await emulatorFor(t, { control: { port: 0 } });
  const path = `/hubs/${HUB}/partitions/0`;
  const post = async (what: string, body?: object): Promise<unknown> =>
    (await control(emulator, 'POST', what, body)).body;
  assert.deepEqual(await post(`${path}/events`, { body: { id: 1 }, partitionKey: 'a' }), {
    sequenceNumber: 0,
  });
  assert.deepEqual(await post(`${path}/events`, { body: { id: 2 }, partitionKey: 'a' }), {
    sequenceNumber: 1,
  });
  const kafka = { key: 'k', value: null, headers: { h: 'x' } };
  assert.deepEqual(await post(`${path}/events`, { kafka }), { sequenceNumber: 2 });
  // A data section that holds one byte.
  assert.deepEqual(await post(`${path}/events`, { encodedBase64: 'AFN1oAF4' }), { sequenceNumber: 3 });
  assert.deepEqual(await post(`${path}/compact`), { removed: 1 });
  await post(`${path}/markers`, { count: 2 });
  const { lastSequenceNumber, eventCount } = emulator.hub(HUB).partition('0');
  assert.deepEqual([lastSequenceNumber, eventCount], [5, 3]);
  assert.match(JSON.stringify(await post(`${path}/events`, { kafka: {} })), /an event has 'body'/);
  assert.match(JSON.stringify(await post('/promotion')), /not geo-replicated/);
  assert.deepEqual(await post('/geo-replication'), { geoReplication: true });
  assert.deepEqual(await post('/promotion', { lostEvents: 1 }), { promoted: true });
  assert.equal(emulator.hub(HUB).partition('0').lastSequenceNumber, 4);
});
