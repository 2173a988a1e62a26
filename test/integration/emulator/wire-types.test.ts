// The exact types and shapes that stricter clients than the JS SDK demand.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import rhea from 'rhea';
import type { EventContext } from 'rhea';
import type { Emulator } from '../../../src/emulator/index.ts';
import { HUB, closeBefore, emulatorFor, preload } from './emulator-fixture.ts';
import { RawClient, detachError } from './raw-amqp.ts';

async function rawFor(emulator: Emulator): Promise<RawClient> {
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB);
  return raw;
}

const READ_HUB = { operation: 'READ', type: 'com.microsoft:eventhub', name: HUB };
const READ_PARTITION = { operation: 'READ', type: 'com.microsoft:partition', name: HUB, partition: '0' };

/** The type codes of a map's values, by name, read from the bytes: rhea's decoder hides the width and sign. */
async function typesIn(raw: RawClient, properties: object): Promise<Record<string, string>> {
  const frames: Buffer[] = [];
  raw.socket.on('data', (chunk: Buffer) => frames.push(chunk));
  await raw.request('$management', { application_properties: properties });
  const bytes = Buffer.concat(frames);
  const found: Record<string, string> = {};
  for (const name of FIELDS) {
    const at = bytes.indexOf(Buffer.from(name));
    const constructor = at < 0 ? undefined : bytes[at + name.length];
    if (constructor !== undefined) found[name] = TYPE_NAMES[constructor] ?? constructor.toString(16);
  }
  return found;
}

const FIELDS = [
  'status-code',
  'partition_ids',
  'partition_count',
  'georeplication_factor',
  'created_at',
  'begin_sequence_number',
  'last_enqueued_sequence_number',
  'last_enqueued_offset',
  'last_enqueued_time_utc',
  'is_partition_empty',
];

const TYPE_NAMES: Readonly<Record<number, string>> = {
  0x41: 'boolean',
  0x42: 'boolean',
  0x54: 'int',
  0x55: 'long',
  0x71: 'int',
  0x81: 'long',
  0x83: 'timestamp',
  0xa1: 'string',
  0xf0: 'array',
};

test('the hub answer has the types that go-amqp checks', async (t) => {
  const raw = await rawFor(await emulatorFor(t));
  assert.deepEqual(await typesIn(raw, READ_HUB), {
    'status-code': 'int',
    partition_ids: 'array',
    partition_count: 'int',
    georeplication_factor: 'int',
    created_at: 'timestamp',
  });
});

test('the partition answer has the types that go-amqp checks, however large the numbers', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await rawFor(emulator);
  const types = {
    'status-code': 'int',
    begin_sequence_number: 'long',
    last_enqueued_sequence_number: 'long',
    last_enqueued_offset: 'string',
    last_enqueued_time_utc: 'timestamp',
    is_partition_empty: 'boolean',
  };
  assert.deepEqual(await typesIn(raw, READ_PARTITION), types);
  preload(emulator, '0', 300);
  assert.deepEqual(await typesIn(raw, READ_PARTITION), types);
});

for (const node of ['$management', `${HUB}/$management`]) {
  for (const replyTo of ['link name', 'target address'] as const) {
    test(`${node} answers to a reply-to that is the ${replyTo}, with the request's id`, async (t) => {
      const raw = await rawFor(await emulatorFor(t));
      const answer = await raw.request(node, { application_properties: READ_HUB }, replyTo);
      assert.equal(answer.correlation_id, 'request-1');
      assert.equal(answer.application_properties['status-code'], 200);
    });
  }
}

test('management says what it cannot do', async (t) => {
  const raw = await rawFor(await emulatorFor(t));
  const cases = [
    [{ ...READ_HUB, name: 'nothing' }, 404, 'amqp:not-found'],
    [{ ...READ_PARTITION, partition: '99' }, 400, 'com.microsoft:argument-out-of-range'],
    [{ ...READ_HUB, operation: 'DELETE' }, 501, 'amqp:not-implemented'],
    [{ ...READ_HUB, type: 'com.microsoft:lunch' }, 501, 'amqp:not-implemented'],
  ] as const;
  for (const [properties, status, condition] of cases) {
    const answer = await raw.request('$management', { application_properties: properties });
    assert.equal(answer.application_properties['status-code'], status);
    assert.equal(answer.application_properties['error-condition'], condition);
  }
});

test('every performative carries all of its fields, as Python reads them by position', async (t) => {
  const emulator = await emulatorFor(t);
  preload(emulator, '0', 1);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  const chunks: Buffer[] = [];
  raw.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await raw.putToken(HUB);
  const receiver = await raw.receiver(`${HUB}/ConsumerGroups/$Default/Partitions/0`);
  receiver.add_credit(1);
  await once(receiver, 'message');
  const counts = new Map<number, Set<number>>();
  const bytes = Buffer.concat(chunks);
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const code = bytes[at + 10] ?? 0;
    const count = bytes[at + 11] === 0xd0 ? bytes.readUInt32BE(at + 16) : (bytes[at + 13] ?? 0);
    if (bytes.readUInt32BE(at) > 8) counts.set(code, (counts.get(code) ?? new Set()).add(count));
  }
  const expected = { 0x11: 8, 0x12: 14, 0x13: 11, 0x14: 11, 0x15: 6 };
  for (const [code, count] of Object.entries(expected))
    assert.deepEqual(counts.get(Number(code)), new Set([count]), code);
});

test('an attach is answered with the terminus and the settle modes it asked for', async (t) => {
  const raw = await rawFor(await emulatorFor(t));
  const address = `${HUB}/ConsumerGroups/$Default/Partitions/0`;
  const receiver = await raw.receiver(
    address,
    { snd_settle_mode: 1, rcv_settle_mode: 1 },
    "amqp.annotation.x-opt-offset > '-1'",
  );
  assert.equal(receiver.source.address, address);
  assert.equal(receiver.snd_settle_mode, 1);
  assert.equal(receiver.rcv_settle_mode, 1);
  assert.equal(
    String(receiver.source.filter?.['apache.org:selector-filter:string']),
    "amqp.annotation.x-opt-offset > '-1'",
  );
  const sender = await raw.sender(HUB, { snd_settle_mode: 0 });
  assert.equal(sender.snd_settle_mode, 0);
  assert.equal(sender.max_message_size, 1_048_576);
});

test('a delivery is settled at once, also for a sender that settles second', async (t) => {
  const raw = await rawFor(await emulatorFor(t));
  const sender = await raw.sender(HUB, { rcv_settle_mode: 1 });
  const settled = once(sender, 'accepted');
  sender.send({ body: rhea.message.data_section(Buffer.from('x')) });
  const [{ delivery }] = (await settled) as [EventContext];
  assert.equal(delivery?.remote_settled, true);
});

test('single messages, not in a batch, are stored with their partition key', async (t) => {
  const emulator = await emulatorFor(t, { hubs: [{ name: HUB, partitionCount: 1 }] });
  const raw = await rawFor(emulator);
  const sender = await raw.sender(HUB);
  sender.send({ body: 'plain value', message_annotations: { 'x-opt-partition-key': 'k' } });
  await once(sender, 'accepted');
  const receiver = await raw.receiver(`${HUB}/ConsumerGroups/$Default/Partitions/0`);
  receiver.add_credit(1);
  const [{ message }] = (await once(receiver, 'message')) as [EventContext];
  assert.equal(message?.body, 'plain value');
  assert.equal(message?.message_annotations?.['x-opt-partition-key'], 'k');
  assert.equal(message?.message_annotations?.['x-opt-offset'], '0');
});

test('a message that cannot be read is rejected and the link goes on', async (t) => {
  const emulator = await emulatorFor(t);
  const raw = await rawFor(emulator);
  const sender = await raw.sender(HUB);
  sender.send(Buffer.from('no message at all'), undefined, 0x80013700);
  const [{ delivery }] = (await once(sender, 'rejected')) as [EventContext];
  const state = delivery?.remote_state as unknown as { error: { condition: string } };
  assert.equal(state.error.condition, 'amqp:decode-error');
  sender.send({ body: 'fine' });
  await once(sender, 'accepted');
});

test('addresses that are no node are not found', async (t) => {
  const raw = await rawFor(await emulatorFor(t));
  for (const address of ['', 'orders/lunch', `${HUB}/ConsumerGroups/$Default`]) {
    assert.equal((await detachError(await raw.receiver(address))).condition, 'amqp:not-found', address);
  }
  assert.equal((await detachError(await raw.sender('nothing'))).condition, 'amqp:not-found');
});
