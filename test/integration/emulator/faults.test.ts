// Faults, limits and changes of a hub.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { RawClient } from './raw-amqp.ts';

async function rawFor(emulator: Emulator): Promise<RawClient> {
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB);
  return raw;
}

test('dropped connections come back, and nothing is lost or repeated', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 10);
  const reading = read(consumerFor(emulator), '0', { maxWaitTimeInSeconds: 1 });
  await until('the first events', () => reading.events.length === 10, reading);
  assert.equal(emulator.faults.dropConnections(), 1);
  assert.deepEqual(emulator.hub(HUB).receivers('0'), []);
  preload(emulator, '0', 10);
  await until('the rest after the reconnect', () => reading.events.length === 20, reading);
  assert.deepEqual(
    reading.events.map((event) => event.sequenceNumber),
    [...Array(20).keys()],
  );
  await reading.close();
});

test('links are detached by force and attach again', async (t) => {
  const emulator = await emulatorFor(t);
  const reading = read(consumerFor(emulator), '0');
  const isReading = (): boolean => emulator.hub(HUB).receivers('0').length === 1;
  await until('the receiver is there', isReading, reading);
  assert.equal(emulator.faults.detachLinks({ hub: HUB, partitionId: '1' }), 0);
  assert.equal(emulator.faults.detachLinks({ hub: HUB, partitionId: '0', role: 'receiver' }), 1);
  await until(
    'the error is told',
    () => reading.errors.some((error) => error.code === 'DetachForcedError'),
    reading,
  );
  await until('the receiver is back', isReading, reading);
  await reading.close();
});

test('an attach is refused as often as ordered', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '1', 1);
  const error = { condition: 'com.microsoft:server-busy', description: 'busy by order' };
  const fault = emulator.faults.inject({
    at: 'attach',
    hub: HUB,
    partitionId: '1',
    role: 'receiver',
    error,
    times: 2,
  });
  const reading = read(consumerFor(emulator), '1');
  await until('the event after two refusals', () => reading.events.length === 1, reading);
  assert.deepEqual(
    reading.errors.map((each) => each.code),
    ['ServerBusyError', 'ServerBusyError'],
  );
  assert.equal(fault.hits, 2);
  await reading.close();
});

test('an attach is answered late, or never', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.faults.inject({ at: 'attach', role: 'sender', delayMs: 300, times: 1 });
  const startedAt = Date.now();
  await producerFor(emulator).sendBatch([{ body: 1 }]);
  assert.ok(Date.now() - startedAt >= 300);
  emulator.faults.inject({ at: 'attach', role: 'sender', silence: true, times: 1 });
  const raw = await rawFor(emulator);
  const silent = raw.sender(HUB).then(() => 'answered');
  assert.equal(await Promise.race([silent, sleep(200, 'silence')]), 'silence');
  assert.ok((await raw.sender(HUB)).is_open(), 'the next one is answered');
});

test('sends are refused, delayed in order, or cut off', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = producerFor(emulator);
  const at = { at: 'send', hub: HUB, times: 1 } as const;
  emulator.faults.inject({ ...at, error: { condition: 'com.microsoft:server-busy' } });
  await assert.rejects(producer.sendBatch([{ body: 0 }], { partitionId: '0' }), { code: 'ServerBusyError' });
  emulator.faults.inject({ ...at, delayMs: 200 });
  await Promise.all([1, 2, 3].map((body) => producer.sendBatch([{ body }], { partitionId: '0' })));
  const events = await take(consumerFor(emulator), '0', 3);
  assert.deepEqual(
    events.map((event): unknown => event.body),
    [1, 2, 3],
  );
  emulator.faults.inject({ ...at, cut: true });
  const raw = await rawFor(emulator);
  const sender = await raw.sender(`${HUB}/Partitions/0`);
  sender.send({ body: 4 });
  await once(raw.connection, 'disconnected');
  assert.equal(emulator.hub(HUB).partition('0').eventCount, 3);
});

test('G10: a silent link delivers nothing while its receiver is there, and goes on when the fault ends', async (t) => {
  const emulator = await emulatorFor(t);
  const fault = emulator.faults.inject({ at: 'deliver', partitionId: '0', silence: true });
  preload(emulator, '0', 5);
  preload(emulator, '1', 5);
  const consumer = consumerFor(emulator);
  const silent = read(consumer, '0');
  const other = read(consumer, '1');
  await until('the other partition', () => other.events.length === 5, other);
  assert.equal(emulator.hub(HUB).receivers('0').length, 1);
  assert.equal(silent.events.length, 0);
  fault.remove();
  await until('the silent one', () => silent.events.length === 5, silent);
  await Promise.all([silent.close(), other.close()]);
});

test('delivery is held back by the ordered delay', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.faults.inject({ at: 'deliver', delayMs: 400 });
  preload(emulator, '0', 1);
  const startedAt = Date.now();
  await take(consumerFor(emulator), '0', 1);
  assert.ok(Date.now() - startedAt >= 400);
});

test('management and put-token fail by order', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.faults.inject({
    at: 'management',
    hub: HUB,
    error: { condition: 'amqp:internal-error' },
    times: 1,
  });
  await assert.rejects(producerFor(emulator).getEventHubProperties(), { code: 'InternalServerError' });
  emulator.faults.inject({ at: 'put-token', error: { condition: 'amqp:unauthorized-access' }, times: 1 });
  await assert.rejects(producerFor(emulator).getEventHubProperties(), { code: 'UnauthorizedError' });
  assert.equal((await producerFor(emulator).getPartitionIds()).length, 4);
});

test('connections are refused or never answered by order', async (t) => {
  const emulator = await emulatorFor(t);
  const cut = emulator.faults.inject({ at: 'connect', cut: true });
  await assert.rejects(producerFor(emulator).getPartitionIds());
  cut.remove();
  const silence = emulator.faults.inject({ at: 'connect', silence: true });
  const socket = connect(emulator.port, emulator.host);
  await once(socket, 'connect');
  socket.write('AMQP\u0003\u0001\u0000\u0000');
  const answered = await Promise.race([
    once(socket, 'data'),
    new Promise((resolve) => setTimeout(resolve, 200)),
  ]);
  assert.equal(answered, undefined);
  silence.remove();
  assert.equal((await producerFor(emulator).getPartitionIds()).length, 4);
});

test('above the throughput units a send is refused with server-busy, and later it goes through', async (t) => {
  let aheadMs = 0;
  const emulator = await emulatorFor(t, { throughputUnits: 1, now: () => Date.now() + aheadMs });
  const producer = producerFor(emulator);
  const batch = Array.from({ length: 900 }, () => ({ body: 'x' }));
  await producer.sendBatch(batch);
  await assert.rejects(producer.sendBatch(batch), { code: 'ServerBusyError', message: /50002/ });
  aheadMs = 1000;
  await producer.sendBatch(batch);
});

test('above the throughput units delivery only waits', async (t) => {
  const emulator = await emulatorFor(t, { throughputUnits: 1 });
  preload(emulator, '0', 5000);
  const startedAt = Date.now();
  await take(consumerFor(emulator), '0', 5000, { maxBatchSize: 1000 });
  // 4,096 are there at once, the other 904 need 220 ms more.
  assert.ok(Date.now() - startedAt >= 200);
});

test('G9: a re-created hub starts at 0 and says that an old position is invalid', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 50);
  const reading = read(consumerFor(emulator), '0');
  await until('the old events', () => reading.events.length === 50, reading);
  emulator.recreateHub('ORDERS');
  await until('the links are told', () => reading.errors.length > 0, reading);
  assert.equal(reading.errors[0]?.code, 'MessagingEntityNotFoundError');
  await reading.close();
  const stale = read(consumerFor(emulator), '0', { startPosition: { sequenceNumber: 49 } });
  await until('the old position is refused', () => stale.errors.length > 0, stale);
  assert.equal(stale.errors[0]?.code, 'ArgumentError');
  await stale.close();
  await producerFor(emulator).sendBatch([{ body: 'first' }], { partitionId: '0' });
  const [event] = await take(consumerFor(emulator), '0', 1);
  assert.equal(event?.sequenceNumber, 0);
});

test('added partitions are there for properties, senders and receivers', async (t) => {
  const emulator = await emulatorFor(t);
  emulator.addPartitions(HUB, 2);
  const producer = producerFor(emulator);
  assert.deepEqual(await producer.getPartitionIds(), ['0', '1', '2', '3', '4', '5']);
  await producer.sendBatch([{ body: 'x' }], { partitionId: '5' });
  await take(consumerFor(emulator), '5', 1);
});

test('retention by time empties a partition that KEDA and the SDK then see as drained', async (t) => {
  let aheadMs = 0;
  const emulator = await emulatorFor(t, {
    hubs: [{ name: HUB, partitionCount: 1, retentionMs: 60_000 }],
    now: () => Date.now() + aheadMs,
  });
  preload(emulator, '0', 3);
  aheadMs = 61_000;
  const properties = await producerFor(emulator).getPartitionProperties('0');
  assert.equal(properties.isEmpty, true);
  assert.equal(properties.beginningSequenceNumber, 2);
  assert.equal(properties.lastEnqueuedSequenceNumber, 2);
});

test('an event that is lost on the way leaves a gap, which attaching again heals', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 5);
  emulator.faults.inject({ at: 'transfer', damage: 'lost', sequenceNumber: 2, times: 1 });
  const numbers = async (): Promise<number[]> => {
    const reading = read(consumerFor(emulator), '0');
    await until('the last event', () => reading.events.at(-1)?.sequenceNumber === 4, reading);
    await reading.close();
    return reading.events.map(({ sequenceNumber }) => sequenceNumber);
  };
  assert.deepEqual(await numbers(), [0, 1, 3, 4]);
  assert.deepEqual(await numbers(), [0, 1, 2, 3, 4]);
});

test('a payload that is no message, a frame that is none and one that claims 2 GiB reach the wire', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 1);
  for (const damage of ['garbage-payload', 'malformed-frame', 'huge-frame'] as const) {
    const fault = emulator.faults.inject({ at: 'transfer', damage, times: 1 });
    const raw = await rawFor(emulator);
    const receiver = await raw.receiver(`${HUB}/ConsumerGroups/$Default/Partitions/0`);
    const received: Buffer[] = [];
    raw.socket.removeAllListeners('data');
    raw.socket.on('data', (chunk: Buffer) => received.push(chunk));
    receiver.add_credit(1);
    await until('the damage', () => Buffer.concat(received).includes(Buffer.alloc(8, 0x5f)));
    const bytes = Buffer.concat(received);
    const isFrame = bytes.readUInt32BE(0) <= bytes.length;
    assert.equal(isFrame, damage !== 'huge-frame');
    // A transfer is performative 0x14; the other two are none.
    assert.equal(bytes.subarray(8, 11).equals(Buffer.from([0x00, 0x53, 0x14])), damage === 'garbage-payload');
    assert.equal(fault.hits, 1);
  }
});

test('damage belongs to a transfer alone', async (t) => {
  const { faults } = await emulatorFor(t);
  assert.throws(() => faults.inject({ at: 'transfer' }), /needs 'damage'/);
  assert.throws(() => faults.inject({ at: 'deliver', damage: 'lost' }), /needs 'damage'/);
});
