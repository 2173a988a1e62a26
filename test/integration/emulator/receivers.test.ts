// Receivers: positions, epochs, credit and windows, ends of every kind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPosition } from '@azure/event-hubs';
import rhea from 'rhea';
import type { EventContext } from 'rhea';
import type { Emulator } from '../../../src/emulator/index.ts';
import {
  HUB,
  closeBefore,
  consumerFor,
  emulatorFor,
  preload,
  producerFor,
  read,
  take,
  until,
} from './emulator-fixture.ts';
import { RawClient, detachError } from './raw-amqp.ts';

const PARTITION = `${HUB}/ConsumerGroups/$Default/Partitions/0`;

async function rawFor(emulator: Emulator, windowFrames?: number): Promise<RawClient> {
  const raw = await RawClient.open(emulator.connectionString(), windowFrames);
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB);
  return raw;
}

test('every start position of the SDK begins where it says', async (t) => {
  let nowMs = Date.now() - 10_000;
  const startMs = nowMs;
  const emulator = await emulatorFor(t, { now: () => nowMs });
  for (let index = 0; index < 10; index += 1) {
    nowMs = startMs + index * 1000;
    preload(emulator, '0', 1);
  }
  const consumer = consumerFor(emulator);
  const events = await take(consumer, '0', 10);
  const offset = events[4]?.offset ?? '';
  const positions: readonly (readonly [position: EventPosition, first: number])[] = [
    [{ offset: '-1' }, 0],
    [{ offset }, 5],
    [{ offset, isInclusive: true }, 4],
    [{ sequenceNumber: 6 }, 7],
    [{ sequenceNumber: 6, isInclusive: true }, 6],
    [{ enqueuedOn: startMs + 2000 }, 3],
    [{ enqueuedOn: new Date(startMs + 1999) }, 2],
  ];
  for (const [startPosition, first] of positions) {
    const [event] = await take(consumer, '0', 1, { startPosition });
    assert.equal(event?.sequenceNumber, first, JSON.stringify(startPosition));
  }
});

test('latest delivers only what comes after the attach', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 5);
  const reading = read(consumerFor(emulator), '0', { startPosition: { offset: '@latest' } });
  await until('the receiver is there', () => emulator.hub(HUB).receivers('0').length === 1);
  await producerFor(emulator).sendBatch([{ body: 'new' }], { partitionId: '0' });
  await until('the new event', () => reading.events.length > 0, reading);
  assert.deepEqual(
    reading.events.map((event) => event.sequenceNumber),
    [5],
  );
  await reading.close();
});

test('the position of a hub that was re-created is refused', async (t) => {
  const emulator = await emulatorFor(t);
  const reading = read(consumerFor(emulator), '0', { startPosition: { offset: '5000' } });
  await until('the refusal', () => reading.errors.length > 0, reading);
  assert.equal(reading.errors[0]?.code, 'ArgumentError');
  assert.match(reading.errors[0]?.message ?? '', /The supplied offset '5000' is invalid/);
  await reading.close();
});

test('G6: an equal epoch steals the partition, with the words the service uses', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 3);
  const old = read(consumerFor(emulator), '0', { ownerLevel: 7 });
  await until('the first owner reads', () => old.events.length === 3, old);
  const [oldName] = emulator
    .hub(HUB)
    .receivers('0')
    .map((receiver) => receiver.name);
  const next = read(consumerFor(emulator), '0', { ownerLevel: 7 });
  await until('the second owner reads', () => next.events.length === 3, next);
  await until('the first one is told', () => old.errors.length > 0, old);
  assert.equal(old.errors[0]?.code, 'ReceiverDisconnectedError');
  const [holder] = emulator.hub(HUB).receivers('0');
  assert.equal(holder?.epoch, 7);
  assert.equal(
    old.errors[0]?.message,
    `New receiver '${holder?.name}' with higher epoch of '7' is created hence current receiver '${oldName}' with epoch '7' is getting disconnected. If you are recreating the receiver, make sure a higher epoch is used.`,
  );
  await Promise.all([old.close(), next.close()]);
});

test('G6: a lower epoch, and none, are refused while an owner is there; groups do not concern each other', async (t) => {
  const emulator = await emulatorFor(t, {
    hubs: [{ name: HUB, partitionCount: 1, consumerGroups: ['other'] }],
  });
  const owner = read(consumerFor(emulator, { identifier: 'owner' }), '0', { ownerLevel: 3 });
  await until('the owner is there', () => emulator.hub(HUB).receivers('0').length === 1, owner);
  const lower = read(consumerFor(emulator, { identifier: 'lower' }), '0', { ownerLevel: 2 });
  const none = read(consumerFor(emulator, { identifier: 'none' }), '0');
  for (const refused of [lower, none]) {
    await until('the refusal', () => refused.errors.length > 0, refused);
    assert.equal(refused.errors[0]?.code, 'ReceiverDisconnectedError');
  }
  await Promise.all([lower.close(), none.close()]);
  preload(emulator, '0', 1);
  await take(consumerFor(emulator, { group: 'other' }), '0', 1);
  await until('the owner still reads', () => owner.events.length === 1, owner);
  assert.deepEqual(owner.errors, []);
  await owner.close();
});

test('G6: an epoch is free again when its owner closes, and when its connection is cut without a word', async (t) => {
  const emulator = await emulatorFor(t);
  const first = await rawFor(emulator);
  const epochLink = { properties: { 'com.microsoft:epoch': 9 } };
  const receiver = await first.receiver(PARTITION, epochLink);
  assert.equal(emulator.hub(HUB).receivers('0').length, 1);
  receiver.close();
  await until('the close frees it', () => emulator.hub(HUB).receivers('0').length === 0);
  await first.receiver(PARTITION, epochLink);
  first.socket.resetAndDestroy();
  await until('the reset frees it', () => emulator.hub(HUB).receivers('0').length === 0);
  const next = await rawFor(emulator);
  const low = await next.receiver(PARTITION, { properties: { 'com.microsoft:epoch': 0 } });
  assert.ok(low.is_open());
  next.close();
});

test('a sixth receiver without an epoch is refused', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await rawFor(emulator);
  for (let index = 0; index < 5; index += 1) await raw.receiver(PARTITION);
  const sixth = await raw.receiver(PARTITION);
  assert.equal((await detachError(sixth)).condition, 'amqp:resource-limit-exceeded');
});

test('an epoch may be any long, also above 2^53', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await rawFor(emulator);
  const epoch = (hex: string): object => ({
    properties: { 'com.microsoft:epoch': rhea.types.wrap_long(Buffer.from(hex, 'hex')) },
  });
  const holder = await raw.receiver(PARTITION, epoch('7ffffffffffffffe'));
  assert.equal(emulator.hub(HUB).receivers('0')[0]?.epoch, '9223372036854775806');
  const lower = await detachError(await raw.receiver(PARTITION, epoch('7ffffffffffffffd')));
  assert.match(lower.description, /higher epoch '9223372036854775806' already exists/);
  const higher = await raw.receiver(PARTITION, epoch('7fffffffffffffff'));
  assert.equal((await detachError(holder)).condition, 'amqp:link:stolen');
  assert.ok(higher.is_open());
});

test('an epoch that is no whole number of 0 or more is refused', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await rawFor(emulator);
  const receiver = await raw.receiver(PARTITION, { properties: { 'com.microsoft:epoch': -1 } });
  assert.equal((await detachError(receiver)).condition, 'com.microsoft:argument-error');
});

test('no more is delivered than there is credit for', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 100);
  const raw = await rawFor(emulator);
  const receiver = await raw.receiver(PARTITION);
  let received = 0;
  receiver.on('message', () => (received += 1));
  receiver.add_credit(7);
  await until('the credit is used', () => received === 7);
  await sleep(50);
  assert.equal(received, 7);
  receiver.add_credit(3);
  await until('the new credit is used', () => received === 10);
});

test('delivery stops at the session window and goes on with a flow that names no link', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 200);
  // rhea gives a window of 16 and reopens it with session flows only, as deliveries are settled.
  const raw = await rawFor(emulator, 16);
  const receiver = await raw.receiver(PARTITION, { autoaccept: false, snd_settle_mode: 0 });
  const held: EventContext[] = [];
  receiver.on('message', (context: EventContext) => held.push(context));
  receiver.add_credit(200);
  await until('the window is full', () => held.length === 16);
  await sleep(50);
  assert.equal(held.length, 16);
  let settled = 0;
  receiver.on('message', (context: EventContext) => context.delivery?.accept());
  for (const { delivery } of held.splice(0)) {
    delivery?.accept();
    settled += 1;
  }
  await until('everything has come', () => held.length === 200 - settled);
});

test('an event of many frames waits for a window that holds it', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.hub(HUB).append('0', { body: Buffer.alloc(600_000, 'x') });
  const raw = await rawFor(emulator);
  const receiver = await raw.receiver(PARTITION);
  receiver.add_credit(1);
  const [{ message }] = (await once(receiver, 'message')) as [EventContext];
  assert.ok(message !== undefined);
  const { content } = message.body as { content: Buffer };
  assert.equal(content.length, 600_000);
});

test('a drain uses up what there is and gives the rest of the credit back', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 3);
  const raw = await rawFor(emulator);
  const receiver = await raw.receiver(PARTITION);
  let received = 0;
  receiver.on('message', () => (received += 1));
  receiver.add_credit(4_000_000_000);
  let receivedAtDrain = -1;
  receiver.on('receiver_drained', () => (receivedAtDrain = received));
  receiver.drain_credit();
  await until('the drain is answered', () => receivedAtDrain >= 0);
  assert.equal(receivedAtDrain, 3, 'the answer comes behind the deliveries it counts');
});

test('a delivery is settled unless the receiver asks for unsettled ones', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 1);
  const raw = await rawFor(emulator);
  for (const mode of [undefined, 0, 1, 2]) {
    const receiver = await raw.receiver(PARTITION, { snd_settle_mode: mode, autoaccept: false });
    assert.equal(receiver.snd_settle_mode ?? undefined, mode, 'the attach is answered in the mode asked for');
    receiver.add_credit(1);
    const [{ delivery }] = (await once(receiver, 'message')) as [EventContext];
    assert.equal(delivery?.remote_settled ?? false, mode !== 0, `mode ${String(mode)}`);
    receiver.close();
  }
});

test('events that expire while a receiver is behind are passed over', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 10);
  const raw = await rawFor(emulator);
  const receiver = await raw.receiver(PARTITION);
  const numbers: unknown[] = [];
  receiver.on('message', ({ message }: EventContext) => {
    numbers.push(message?.message_annotations?.['x-opt-sequence-number']);
  });
  receiver.add_credit(2);
  await until('two events', () => numbers.length === 2);
  emulator.hub(HUB).expire('0', 8);
  receiver.add_credit(10);
  await until('the rest', () => numbers.length === 4);
  assert.deepEqual(numbers, [0, 1, 8, 9]);
});

test('a slow reader costs a megabyte, not the log', async (t) => {
  const emulator = await emulatorFor(t);
  for (let index = 0; index < 64; index += 1)
    emulator.hub(HUB).append('0', { body: Buffer.alloc(1_000_000) });
  const raw = await rawFor(emulator, 65_536);
  const receiver = await raw.receiver(PARTITION);
  let received = 0;
  receiver.on('message', () => (received += 1));
  raw.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  receiver.add_credit(1000);
  await sleep(300);
  // Both ends live in this process: what is parked in the emulator's socket shows as array buffers.
  assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000);
  raw.socket.resume();
  await until('all has come', () => received === 64);
});

test('links that end twice, or in the middle of a delivery, break nothing', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 2000);
  const raw = await rawFor(emulator);
  for (let round = 0; round < 5; round += 1) {
    const receiver = await raw.receiver(PARTITION);
    const first = once(receiver, 'message');
    receiver.add_credit(1500);
    await first;
    receiver.close();
    receiver.session.close();
  }
  await until('no receiver is left', () => emulator.hub(HUB).receivers('0').length === 0);
  const after = await raw.receiver(PARTITION);
  assert.ok(after.is_open());
});
