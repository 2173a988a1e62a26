// A geo-replicated namespace: its offsets, what it refuses, and promotions.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventHubConsumerClient, EventPosition } from '@azure/event-hubs';
import { startEmulator } from '../../../src/emulator/index.ts';
import {
  HUB,
  consumerFor,
  emulatorFor,
  preload,
  producerFor,
  read,
  take,
  until,
} from './emulator-fixture.ts';

/** The condition with which a position is refused, or the first event's number. */
async function startAt(
  consumer: EventHubConsumerClient,
  startPosition: EventPosition,
): Promise<number | string> {
  const reading = read(consumer, '0', { startPosition });
  await until('an event or a refusal', () => reading.events.length + reading.errors.length > 0, reading);
  await reading.close();
  const error = reading.errors[0] as { code?: string; condition?: string; message: string } | undefined;
  return error === undefined ? (reading.events[0]?.sequenceNumber ?? -1) : error.message;
}

test('offsets are texts that work as positions; numeric ones are refused, sequence numbers work', async (t) => {
  const emulator = await emulatorFor(t, { geoReplication: true });
  preload(emulator, '0', 5);
  const consumer = consumerFor(emulator);
  const events = await take(consumer, '0', 5);
  const offset = events[2]?.offset ?? '';
  assert.ok(Number.isNaN(Number(offset)), `${offset} is no number`);
  assert.equal(await startAt(consumer, { offset }), 3);
  assert.equal(await startAt(consumer, { offset, isInclusive: true }), 2);
  assert.equal(await startAt(consumer, { sequenceNumber: 2 }), 3);
  assert.equal(await startAt(consumer, { offset: '-1' }), 0);
  assert.match(
    String(await startAt(consumer, { offset: '0' })),
    /'0' is invalid for geo replication enabled namespace \(current epoch:'1'\)/,
  );
  assert.match(
    String(await startAt(consumer, { offset: '1:99:0' })),
    /The supplied offset '1:99:0' is invalid/,
  );
});

test('$management says that there are two regions, and an offset to start from', async (t) => {
  const emulator = await emulatorFor(t, { geoReplication: true });
  preload(emulator, '0', 2);
  const consumer = consumerFor(emulator);
  assert.equal((await consumer.getEventHubProperties()).isGeoDrEnabled, true);
  const { lastEnqueuedOffset, lastEnqueuedSequenceNumber } = await consumer.getPartitionProperties('0');
  assert.equal(lastEnqueuedSequenceNumber, 1);
  assert.equal(await startAt(consumer, { offset: lastEnqueuedOffset, isInclusive: true }), 1);
  // As the service's own words for a partition that was never used: go azeventhubs geodr_test.go.
  const unused = await consumer.getPartitionProperties('1');
  assert.equal(unused.lastEnqueuedOffset, '1:-1:-1');
  assert.equal(await startAt(consumer, { offset: unused.lastEnqueuedOffset }), 0);
});

test('as the service once had it, the offset that $management tells cannot be used to start', async (t) => {
  const emulator = await emulatorFor(t, { geoReplication: 'numeric-last-offset' });
  preload(emulator, '0', 2);
  const consumer = consumerFor(emulator);
  const { lastEnqueuedOffset } = await consumer.getPartitionProperties('0');
  assert.match(String(await startAt(consumer, { offset: lastEnqueuedOffset })), /geo replication enabled/);
});

test('an offset of a replicated namespace is refused in another', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 9);
  assert.match(String(await startAt(consumerFor(emulator), { offset: '1:2:3' })), /'1:2:3' is invalid/);
});

test('a planned promotion cuts every connection; readers go on and nothing is lost or repeated', async (t) => {
  const emulator = await emulatorFor(t, { geoReplication: true });
  preload(emulator, '0', 3);
  const reading = read(consumerFor(emulator), '0');
  await until('the events before', () => reading.events.length === 3, reading);
  const before = reading.events[2]?.offset ?? '';
  emulator.promoteSecondary();
  await producerFor(emulator).sendBatch([{ body: 'after' }], { partitionId: '0' });
  await until('the event after', () => reading.events.length === 4, reading);
  await reading.close();
  assert.deepEqual(
    reading.events.map(({ sequenceNumber }) => sequenceNumber),
    [0, 1, 2, 3],
  );
  assert.equal(
    await startAt(consumerFor(emulator), { offset: before }),
    3,
    'an offset of the former primary',
  );
});

test('a forced promotion loses what was not replicated; an offset ahead of it starts at what came after', async (t) => {
  const emulator = await emulatorFor(t, { geoReplication: true });
  preload(emulator, '0', 10);
  const [last] = (await take(consumerFor(emulator), '0', 10)).slice(-1);
  emulator.promoteSecondary({ lostEvents: 4 });
  assert.equal(emulator.hub(HUB).partition('0').lastSequenceNumber, 5);
  const waiting = read(consumerFor(emulator), '0', { startPosition: { offset: last?.offset ?? '' } });
  await until('it waits for the next event', () => emulator.hub(HUB).receivers('0').length === 1, waiting);
  preload(emulator, '0', 2);
  await until('what came after', () => waiting.events.length === 2, waiting);
  assert.deepEqual(waiting.errors, []);
  await waiting.close();
  assert.equal(await startAt(consumerFor(emulator), { offset: last?.offset ?? '' }), 6);
});

test('a namespace that becomes geo-replicated refuses the offsets it has given', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 2);
  const [first] = await take(consumerFor(emulator), '0', 2);
  assert.throws(() => emulator.promoteSecondary(), RangeError);
  emulator.enableGeoReplication();
  const consumer = consumerFor(emulator);
  assert.match(String(await startAt(consumer, { offset: first?.offset ?? '' })), /geo replication enabled/);
  assert.equal(await startAt(consumer, { sequenceNumber: 0 }), 1);
});

test('what a data directory does not keep is not to be had with one', async (t) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'emulator-'));
  t.after(async () => rm(dataFolder, { recursive: true }));
  const hubs = [{ name: HUB, partitionCount: 1 }];
  await assert.rejects(
    startEmulator({ hubs, dataFolder, geoReplication: true }),
    /cannot be had with a data directory/,
  );
  const compacted = hubs.map((hub) => ({ ...hub, compactEveryEvents: 10 }));
  await assert.rejects(startEmulator({ hubs: compacted, dataFolder }), /keeps no gaps/);
  const emulator = await emulatorFor(t, { hubs, dataFolder });
  preload(emulator, '0', 3);
  assert.throws(() => emulator.enableGeoReplication(), TypeError);
  assert.throws(() => emulator.hub(HUB).erase('0', () => true), TypeError);
  assert.throws(() => emulator.hub(HUB).appendMarkers('0'), TypeError);
  assert.equal(emulator.hub(HUB).partition('0').lastSequenceNumber, 2, 'nothing was done');
});
