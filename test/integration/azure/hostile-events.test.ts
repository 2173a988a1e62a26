// Events that no decoder can read, as raw frames, alone and among good ones, in TCP chunks of awkward sizes: each arrives at its
// position and says why it cannot be read, nothing else is lost, late or twice, and nothing restarts.

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ReceivePath } from '../../../src/azure/sdk-connection.ts';
import type { ReceivedEvent } from '../../../src/engine/event.ts';
import { dataSection, eventOf, RawPeer } from '../../support/raw-peer.ts';
import type { RawEvent, RawPeerOptions } from '../../support/raw-peer.ts';
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

const good = dataSection(Buffer.from('good'));

/** Sections that follow the broker's annotations. */
const unreadable: readonly (readonly [name: string, sections: Buffer])[] = [
  ['lists 3,000 deep', value(nestedLists(3000))],
  ['lists 8,000 deep', value(nestedLists(8000))],
  ['lists 100,000 deep', value(nestedLists(100_000))],
  ['a map that counts 0xfffffff0', value(hex('d100000010 fffffff0 a10161 a10162 4040'))],
  ['a list that counts 0xffffffff', value(hex('d000000008 ffffffff 40404040'))],
  ['an array of two thousand million nulls', value(hex('f0000000057fffffff40'))],
  ['an unknown type', value(hex('5f00'))],
  ['a value that is cut off', value(hex('b100001000 61'))],
  ['a message id that is a map', hex('005373 c00901 c10602 a10161 a10162')],
  ['properties that are no list', hex('005373 a10161')],
  ['a body that is no binary', hex('005375 a10161')],
  ['two different bodies', Buffer.concat([good, value(hex('43'))])],
  ['no section', hex('00535f 43')],
  ['bytes behind the body', Buffer.concat([good, hex('ff')])],
  ['keys twice', hex('005374 c10c04 a10161 5401 a10161 5402')],
];

async function receiving(
  t: TestContext,
  events: readonly RawEvent[],
  options: RawPeerOptions = {},
  receivePath: ReceivePath = 'transfers',
) {
  const peer = await RawPeer.start(options);
  closeAfter(t, () => peer.close());
  peer.events.push(...events);
  const source = await sourceFor(t, accessTo(peer.connectionString(hubName)), { receivePath });
  const listener = new RecordingListener();
  source.open({ partitionId: '0', generation: 1, start: fromStart }, listener);
  return { peer, source, listener };
}

/** Why an event cannot be read, found on arrival or when its sections are touched. */
function whyUnreadable({ defect, message }: ReceivedEvent): string | undefined {
  if (defect !== undefined) return defect;
  try {
    const { header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer } =
      message;
    void [header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer];
    return undefined;
  } catch (error) {
    assert.equal(Reflect.get(Object(error), 'code'), 'EHW_EVENT_UNDECODABLE');
    return String(error);
  }
}

function assertUnharmed(listener: RecordingListener, peer: RawPeer): void {
  assert.deepEqual([listener.ends, listener.faults, peer.connections], [[], [], 1]);
}

test('G11: an unreadable event alone, last or first arrives, and so does what follows', async (t) => {
  for (const [name, sections] of unreadable) {
    const { peer, listener, source } = await receiving(t, [eventOf(0, sections)]);
    await until(`the event with ${name}`, () => listener.events.length === 1);
    peer.events.push(eventOf(1, good));
    peer.wake();
    await until(`the event after ${name}`, () => listener.events.length === 2);
    const [bad, next] = listener.events;
    assert.ok(bad !== undefined && next !== undefined);
    assert.notEqual(whyUnreadable(bad), undefined, name);
    assert.deepEqual(Buffer.from(bad.message.encoded), peer.events[0]?.message, name);
    assert.deepEqual([bad.sequenceNumber, bad.offset, bad.enqueuedAtMs], [0, '0', 1_700_000_000_000], name);
    assert.equal(whyUnreadable(next), undefined);
    assertUnharmed(listener, peer);
    await source.close();
  }
});

test('G11: among good events nothing else is lost, whatever pieces they come in', async (t) => {
  const small = unreadable.filter(([, sections]) => sections.length < 1000);
  const events = small.flatMap(([, sections], index) => [
    eventOf(2 * index, good),
    eventOf(2 * index + 1, sections),
  ]);
  events.push(eventOf(events.length, good));
  for (const chunkBytes of [1, 7, 8, 9, 63, 64, 65, 1000]) {
    const { peer, listener, source } = await receiving(t, events, { chunkBytes });
    await until(`all in chunks of ${chunkBytes}`, () => listener.events.length >= events.length, 30_000);
    assert.deepEqual(listener.sequenceNumbers, range(events.length));
    const bad = listener.events.filter((event) => whyUnreadable(event) !== undefined);
    assert.deepEqual(
      bad.map(({ sequenceNumber }) => sequenceNumber),
      small.map((_, index) => 2 * index + 1),
    );
    assertUnharmed(listener, peer);
    await source.close();
  }
});

/** Only what is still reachable counts, however busy the machine is. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

test('G7: large unreadable events in many frames leave no memory behind', async (t) => {
  const deep = value(nestedLists(100_000));
  const events = range(60).map((sequenceNumber) =>
    eventOf(sequenceNumber, sequenceNumber % 2 === 0 ? deep : good),
  );
  for (const options of [{ chunkBytes: 0 }, { chunkBytes: 4097 }, { frameBytes: 1000 }]) {
    const { peer, listener, source } = await receiving(t, events, options);
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    await until('all events', () => listener.events.length >= events.length, 60_000);
    assert.deepEqual(listener.sequenceNumbers, range(events.length));
    assert.equal(listener.events.filter((event) => whyUnreadable(event) !== undefined).length, 30);
    assertUnharmed(listener, peer);
    await source.close();
    collectGarbage();
    const kept = process.memoryUsage().arrayBuffers - before;
    // The listener keeps all of them: 30 times 900 KB.
    assert.ok(kept < 80 * 1024 * 1024, `${Math.round(kept / 1024 / 1024)} MiB`);
  }
});

test('G11: an event whose position must be searched for is found; one without any is asked for again and told', async (t) => {
  const broken = { sequenceNumber: 1, message: Buffer.concat([hex('00535f43'), eventOf(1, good).message]) };
  const lost = { sequenceNumber: 3, message: Buffer.from('nothing of AMQP') };
  const { peer, listener } = await receiving(t, [
    eventOf(0, good),
    broken,
    eventOf(2, good),
    lost,
    eventOf(4, good),
  ]);
  await until('what can be placed', () => listener.events.length === 3);
  await until('the one that cannot is told', () => listener.faults.length > 0);
  assert.deepEqual(listener.sequenceNumbers, [0, 1, 2]);
  assert.match(listener.events[1]?.defect ?? '', /section/);
  const [fault] = listener.faults;
  assert.equal(Reflect.get(fault ?? {}, 'code'), 'EHW_EVENT_WITHOUT_POSITION');
  await until('it is asked for again, from the last one that came', () => peer.selectors.length >= 3, 30_000);
  assert.match(peer.selectors.at(-1) ?? '', /sequence-number > '2'/);
  assert.deepEqual(listener.sequenceNumbers, [0, 1, 2], 'and nothing is passed over');
  peer.events[3] = eventOf(3, good);
  await until('it comes once the service sends it whole', () => listener.events.length === 5, 30_000);
  assert.deepEqual(listener.sequenceNumbers, range(5));
  assert.deepEqual(listener.ends, []);
});

test('G10: on the path of the SDK an unreadable event is told as what it is; none is skipped', async (t) => {
  const bad = eventOf(1, value(nestedLists(3000)));
  const { peer, listener } = await receiving(t, [eventOf(0, good), bad, eventOf(2, good)], {}, 'sdk');
  await until('it is told', () => listener.faults.length > 0);
  const [fault] = listener.faults;
  assert.equal(Reflect.get(fault ?? {}, 'code'), 'EHW_MESSAGE_UNDECODABLE');
  assert.match(String(fault), /deep.*receive_path="sdk"/);
  await until('it is asked for again', () => peer.connections > 2, 30_000);
  assert.ok(!listener.sequenceNumbers.includes(2));
  peer.events[1] = eventOf(1, good);
  await until('all come once it is readable', () => listener.sequenceNumbers.includes(2), 60_000);
  assert.deepEqual([...new Set(listener.sequenceNumbers)], [0, 1, 2]);
  assert.deepEqual(listener.ends, []);
});

test('G10: a link whose credit the sender ended, as after a drain, is given credit again', async (t) => {
  for (const path of ['transfers', 'sdk'] as const) {
    const { peer, listener, source } = await receiving(t, [eventOf(0, good)], {}, path);
    await until('the first event', () => listener.events.length === 1);
    peer.drainLinks();
    await new Promise((resolve) => setImmediate(resolve));
    peer.events.push(eventOf(1, good), eventOf(2, good));
    peer.wake();
    await until(`the rest (${path})`, () => listener.events.length === 3, 10_000);
    assert.deepEqual(listener.sequenceNumbers, range(3));
    assertUnharmed(listener, peer);
    await source.close();
  }
});

test('deliveries that are not settled are settled in ranges, and the session window stays open', async (t) => {
  const events = range(20_000).map((sequenceNumber) => eventOf(sequenceNumber, good));
  for (const firstTransferId of [0, 0xffffff00]) {
    const options = { settled: false, firstDeliveryId: 0xfffffff0, firstTransferId };
    const { peer, listener, source } = await receiving(t, events, options);
    await until('all events', () => listener.events.length >= events.length, 30_000);
    assert.deepEqual(listener.sequenceNumbers, range(events.length));
    await until('all are settled', () => settledOf(peer) === events.length);
    assert.ok(peer.dispositions.length < events.length / 2, `${peer.dispositions.length} dispositions`);
    assert.ok(peer.flows.every(({ window }) => window === 2048));
    assertUnharmed(listener, peer);
    await source.close();
  }
});

function settledOf({ dispositions }: RawPeer): number {
  return dispositions.reduce((sum, { first, last }) => sum + ((last - first) >>> 0) + 1, 0);
}

function value(encoded: Buffer): Buffer {
  return Buffer.concat([hex('005377'), encoded]);
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** Outermost first: each list holds the next, the innermost is empty. */
function nestedLists(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 9 + 1);
  for (let level = 0; level < depth; level += 1) {
    bytes[level * 9] = 0xd0;
    bytes.writeUInt32BE((depth - level - 1) * 9 + 1 + 4, level * 9 + 1);
    bytes.writeUInt32BE(1, level * 9 + 5);
  }
  bytes[depth * 9] = 0x45;
  return bytes;
}
