// What is no AMQP, at every stage of a connection: it ends with a coded error and is tried again after a pause; nothing ends the
// process, and nothing is kept of what was not agreed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Producer } from '../../../src/azure/producer.ts';
import { realClock } from '../../support/real-clock.ts';
import { dataSection, eventOf, RawPeer } from '../../support/raw-peer.ts';
import type { RawPeerOptions } from '../../support/raw-peer.ts';
import {
  accessTo,
  closeAfter,
  fromStart,
  hubName,
  range,
  RecordingListener,
  sourceFor,
  until,
} from './source-fixture.ts';

const escaped: unknown[] = [];
const keep = (reason: unknown): void => void escaped.push(reason);
before(() => {
  process.on('unhandledRejection', keep);
  process.on('uncaughtException', keep);
});
after(() => {
  process.removeListener('unhandledRejection', keep);
  process.removeListener('uncaughtException', keep);
  assert.deepEqual(escaped, [], 'nothing escapes');
});

const good = dataSection(Buffer.from('good'));
const protocol = 'EHW_CONNECTION_PROTOCOL';

const nonsense: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['a frame of nothing', hex('0000000002010000')],
  ['a frame smaller than its head', hex('0000000402000000')],
  ['two GiB announced', hex('8000000002000000')],
  ['data before its head', hex('0000000c0000000000000000')],
  ['data beyond its end', hex('0000000cff00000000000000')],
  ['a frame of an unknown type', hex('0000000c0209000000531045')],
  ['a performative that is no value', hex('0000000d0200000000531 05fff'.replaceAll(' ', ''))],
  ['an unknown performative', hex('0000000c0200000000537745')],
  ['an open without fields', hex('0000000c0200000000531045')],
  ['an end of an unknown session', hex('0000000c0200ffff00531745')],
  ['a transfer for nobody', hex('000000100200003300531 4c0030243 43'.replaceAll(' ', ''))],
  ['an array bomb', hex('00000018020000000053 10f0 00000008 7fffffff 40 000000'.replaceAll(' ', ''))],
  ['another protocol header', Buffer.from('AMQP\u0000\u0000\u0009\u0001', 'latin1')],
  ['text', Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n')],
];

async function peerWith(t: TestContext, options: RawPeerOptions = {}): Promise<RawPeer> {
  const peer = await RawPeer.start(options);
  closeAfter(t, () => peer.close());
  return peer;
}

function codesOf(errors: readonly unknown[]): unknown[] {
  return errors.map((error) => Reflect.get(Object(error), 'code'));
}

test('a connection that begins with something else fails its call with a coded error, at once', async (t) => {
  const greetings: (readonly [name: string, greet: RawPeerOptions['greeting']])[] = [
    ...nonsense.map(
      ([name, bytes]) =>
        [name, (socket) => void socket.write(bytes)] as const satisfies [string, RawPeerOptions['greeting']],
    ),
    ['one byte', (socket) => void socket.write('H')],
    [
      'garbage without an end',
      (socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 7)));
        };
        socket.on('drain', more);
        more();
      },
    ],
  ];
  for (const [name, greeting] of greetings) {
    if (greeting === undefined) continue;
    const peer = await peerWith(t, { greeting });
    const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
    const startedMs = performance.now();
    await assert.rejects(source.partitionIds(new AbortController().signal), { code: protocol }, name);
    assert.ok(performance.now() - startedMs < 3000, name);
    await source.close();
  }
});

test('the same after the answer to SASL, to open and to attach', async (t) => {
  for (const code of [0x41, 0x10, 0x12]) {
    for (const [name, bytes] of nonsense) {
      const peer = await peerWith(t, { after: { code, bytes } });
      const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
      await assert.rejects(
        source.partitionIds(new AbortController().signal),
        { code: protocol },
        `${name} after 0x${code.toString(16)}`,
      );
      await source.close();
    }
  }
});

test('G8: in the middle of events the connection is made anew after a pause, and nothing is lost or repeated', async (t) => {
  for (const [name, bytes] of nonsense) {
    const peer = await peerWith(t);
    peer.events.push(...range(10).map((number) => eventOf(number, good)));
    const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
    const listener = new RecordingListener();
    source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
    await until('ten events', () => listener.events.length === 10);
    peer.events.push(...range(10, 10).map((number) => eventOf(number, good)));
    peer.write(bytes);
    await until(`a fault for ${name}`, () => listener.faults.length > 0);
    assert.deepEqual(codesOf(listener.faults), [protocol], name);
    await until(`the rest after ${name}`, () => listener.events.length >= 20);
    assert.deepEqual(listener.sequenceNumbers, range(20), name);
    assert.deepEqual(listener.ends, []);
    assert.equal(peer.connections, 2);
    await source.close();
  }
});

test('G7: what announces more than was agreed is not kept, however slowly it comes', async (t) => {
  const peer = await peerWith(t, {
    greeting: (socket) => {
      socket.write('AMQP\u0003\u0001\u0000\u0000', 'latin1');
      const head = hex('7fffffff02010000');
      for (const byte of head) socket.write(Buffer.from([byte]));
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', more);
      more();
    },
  });
  const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
  const listener = new RecordingListener();
  const beforeBytes = process.memoryUsage().arrayBuffers;
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await until('three tries', () => listener.faults.length >= 3, 30_000);
  assert.ok(codesOf(listener.faults).every((code) => code === protocol));
  assert.ok(process.memoryUsage().arrayBuffers - beforeBytes < 32 * 1024 * 1024);
  assert.ok(peer.connections <= 8, `${peer.connections} connections`);
});

test('a peer that breaks the protocol again and again is asked less and less often', async (t) => {
  const peer = await peerWith(t, { afterCredit: hex('0000000402000000') });
  const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  await new Promise((resolve) => setTimeout(resolve, 9000));
  assert.ok(peer.connections >= 2 && peer.connections <= 6, `${peer.connections} connections in 9 s`);
  assert.deepEqual(new Set(codesOf(listener.faults)), new Set([protocol]));
  assert.deepEqual(listener.ends, []);
});

test('a reply that cannot be decoded fails its call, not the process, and the next call succeeds or says so', async (t) => {
  const replies = ['005377f0000000057fffffff40', '0053775f', '005377d00000000500000001ff', 'ff'];
  for (const reply of replies) {
    const peer = await peerWith(t, { managementReply: hex(reply) });
    const source = await sourceFor(t, accessTo(peer.connectionString(hubName)));
    const signal = new AbortController().signal;
    const startedMs = performance.now();
    await assert.rejects(
      source.partitionIds(signal),
      (error) => String(Reflect.get(Object(error), 'code')).startsWith('EHW_'),
      reply,
    );
    await assert.rejects(
      source.partitionIds(signal),
      (error) => String(Reflect.get(Object(error), 'code')).startsWith('EHW_'),
      reply,
    );
    assert.ok(performance.now() - startedMs < 5000);
    await source.close();
  }
});

test('a producer meets the same peers with the same error', async (t) => {
  const producing = (peer: RawPeer): Promise<Producer> =>
    Producer.open({
      access: accessTo(peer.connectionString(hubName)),
      clock: realClock,
      random: { next: () => 0.5 },
      retries: 1,
      backOff: { minMs: 10, maxMs: 50 },
      timeoutMs: 3000,
      onRetry: () => undefined,
      onSent: () => undefined,
      onFailed: () => undefined,
    });
  for (const [name, bytes] of nonsense.slice(0, 3)) {
    const peer = await peerWith(t, { greeting: (socket) => void socket.write(bytes) });
    await assert.rejects(producing(peer), { code: protocol }, name);
    const later = await peerWith(t, { after: { code: 0x12, bytes } });
    await assert.rejects(
      producing(later),
      (error) => String(Reflect.get(Object(error), 'code')).startsWith('EHW_'),
      name,
    );
  }
});

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
