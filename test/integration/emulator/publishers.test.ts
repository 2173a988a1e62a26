// Publishers: idempotent ones, the rules of messages, what is odd and what is refused.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubBufferedProducerClient, EventHubProducerClient } from '@azure/event-hubs';
import rhea from 'rhea';
import type { EventContext, Sender } from 'rhea';
import type { Emulator, EmulatorOptions } from '../../../src/emulator/index.ts';
import { HUB, NO_RETRIES, closeBefore, consumerFor, emulatorFor, take, until } from './emulator-fixture.ts';
import { RawClient, detachError } from './raw-amqp.ts';

const PARTITION = `${HUB}/Partitions/0`;
const CAPABILITY = 'com.microsoft:idempotent-producer';

async function rawFor(
  t: TestContext,
  options: Partial<EmulatorOptions> = {},
): Promise<[Emulator, RawClient]> {
  const emulator = await emulatorFor(t, options);
  const raw = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => raw.close());
  await raw.putToken(HUB);
  return [emulator, raw];
}

/** 'accepted', or the condition of the refusal. */
async function outcomeOf(sender: Sender, message: object, format?: number): Promise<string> {
  const settled = Promise.race([once(sender, 'accepted'), once(sender, 'rejected')]);
  if (format === undefined) sender.send(message as rhea.Message);
  else sender.send(message as unknown as rhea.Message, undefined, format);
  const [{ delivery }] = (await settled) as [EventContext];
  const state = delivery?.remote_state as { error?: { condition: string } } | undefined;
  return state?.error?.condition ?? 'accepted';
}

interface Publisher {
  readonly sender: Sender;
  readonly id: number;
  readonly epoch: number;
}

async function publisherFor(raw: RawClient, claim: Record<string, unknown> = {}): Promise<Publisher> {
  const sender = await raw.sender(PARTITION, { desired_capabilities: CAPABILITY, properties: claim });
  const told = (sender as unknown as { remote: { attach: { properties: Record<string, number> } } }).remote
    .attach.properties;
  return {
    sender,
    id: told['com.microsoft:producer-id'] ?? -1,
    epoch: told['com.microsoft:producer-epoch'] ?? -1,
  };
}

function numbered({ id, epoch }: Publisher, number: number): object {
  return {
    body: `event ${number}`,
    message_annotations: {
      'com.microsoft:producer-id': rhea.types.wrap_long(id),
      'com.microsoft:producer-epoch': rhea.types.wrap_short(epoch),
      'com.microsoft:producer-sequence-number': rhea.types.wrap_int(number),
    },
  };
}

test('an idempotent publisher: a retry is stored once, a gap and a step back are refused', async (t) => {
  const [emulator, raw] = await rawFor(t);
  const publisher = await publisherFor(raw);
  const send = async (number: number): Promise<string> =>
    await outcomeOf(publisher.sender, numbered(publisher, number));
  assert.equal(await send(1), 'accepted');
  assert.equal(await send(1), 'accepted');
  assert.equal(await send(3), 'com.microsoft:out-of-order-sequence');
  assert.equal(await send(2), 'accepted');
  assert.equal(emulator.hub(HUB).partition('0').eventCount, 2);
  assert.equal(await outcomeOf(publisher.sender, { body: 'no number' }), 'amqp:decode-error');
});

test('a publisher with a higher epoch replaces the other, whose next event is refused', async (t) => {
  const [, raw] = await rawFor(t);
  const old = await publisherFor(raw);
  assert.equal(await outcomeOf(old.sender, numbered(old, 1)), 'accepted');
  const claim = (epoch: number): Record<string, unknown> => ({
    'com.microsoft:producer-id': rhea.types.wrap_long(old.id),
    'com.microsoft:producer-epoch': rhea.types.wrap_short(epoch),
    'com.microsoft:producer-sequence-number': null,
  });
  const next = await publisherFor(raw, claim(old.epoch + 1));
  assert.deepEqual([next.id, next.epoch], [old.id, old.epoch + 1]);
  assert.equal(await outcomeOf(old.sender, numbered(old, 2)), 'com.microsoft:producer-epoch-stolen');
  assert.equal(await outcomeOf(next.sender, numbered(next, 0)), 'accepted');
  const late = await raw.sender(PARTITION, {
    desired_capabilities: CAPABILITY,
    properties: claim(old.epoch),
  });
  assert.equal((await detachError(late)).condition, 'com.microsoft:producer-epoch-stolen');
  const impossible = await raw.sender(PARTITION, { desired_capabilities: CAPABILITY, properties: claim(-1) });
  assert.equal((await detachError(impossible)).condition, 'com.microsoft:argument-out-of-range');
  const placeless = await raw.sender(HUB, { desired_capabilities: CAPABILITY });
  assert.equal((await detachError(placeless)).condition, 'com.microsoft:argument-error');
});

test('the SDK publishes idempotently: numbers run on over a lost connection, nothing is stored twice', async (t) => {
  const emulator = await emulatorFor(t);
  const client = new EventHubBufferedProducerClient(emulator.connectionString(HUB), {
    onSendEventsErrorHandler: ({ error }) => {
      errors.push(error);
    },
    enableIdempotentRetries: true,
    maxWaitTimeInMs: 50,
    retryOptions: { maxRetries: 5, retryDelayInMs: 20, timeoutInMs: 2000 },
  });
  closeBefore(emulator, () => client.close());
  const errors: unknown[] = [];
  const count = (): number => emulator.hub(HUB).partition('0').eventCount;
  await client.enqueueEvents([{ body: 1 }, { body: 2 }], { partitionId: '0' });
  await until('the first two', () => count() === 2);
  // 1. the batch is stored 2. its acceptance is lost with the connection 3. the SDK sends the same numbers again.
  emulator.faults.inject({ at: 'settle', cut: true, times: 1 });
  await client.enqueueEvents([{ body: 3 }, { body: 4 }], { partitionId: '0' });
  await client.flush();
  assert.deepEqual(errors, []);
  const events = await take(consumerFor(emulator), '0', 4);
  assert.deepEqual(
    events.map((event): unknown => event.body),
    [1, 2, 3, 4],
  );
  assert.equal(count(), 4);
});

test('without idempotent publishing the same loss stores a batch twice', async (t) => {
  const emulator = await emulatorFor(t);
  const producer = new EventHubProducerClient(emulator.connectionString(HUB), {
    retryOptions: { maxRetries: 5, retryDelayInMs: 20, timeoutInMs: 2000 },
  });
  closeBefore(emulator, () => producer.close());
  emulator.faults.inject({ at: 'settle', cut: true, times: 1 });
  await producer.sendBatch([{ body: 1 }], { partitionId: '0' });
  assert.equal(emulator.hub(HUB).partition('0').eventCount, 2);
});

const TOO_DEEP = Buffer.concat([Buffer.from([0, 0x53, 0x77]), nested(3000)]);

/** A list in a list in a list: legal, and more than any client reads. */
function nested(depth: number): Buffer {
  let value = Buffer.from([0x45]);
  for (let level = 0; level < depth; level += 1) {
    const head = Buffer.alloc(9);
    head[0] = 0xd0;
    head.writeUInt32BE(value.length + 4, 1);
    head.writeUInt32BE(1, 5);
    value = Buffer.concat([head, value]);
  }
  return value;
}

test('what no client can read is stored as it came, and refused by a strict emulator', async (t) => {
  for (const strict of [false, true]) {
    const [emulator, raw] = await rawFor(t, { strict });
    const sender = await raw.sender(PARTITION);
    const outcome = await outcomeOf(sender, TOO_DEEP, 1);
    assert.equal(outcome, strict ? 'amqp:decode-error' : 'accepted');
    assert.equal(emulator.hub(HUB).partition('0').eventCount, strict ? 0 : 1);
  }
});

test('a message above the size of its tier, and a partition key above 128 characters, are refused', async (t) => {
  const [emulator, raw] = await rawFor(t, { maxMessageBytes: 2000 });
  const sender = await raw.sender(HUB);
  assert.equal(sender.max_message_size, 2000);
  assert.equal(await outcomeOf(sender, { body: 'x'.repeat(2000) }), 'amqp:link:message-size-exceeded');
  const keyed = (length: number): object => ({
    body: 'x',
    message_annotations: { 'x-opt-partition-key': 'k'.repeat(length) },
  });
  assert.equal(await outcomeOf(sender, keyed(129)), 'com.microsoft:argument-error');
  assert.equal(await outcomeOf(sender, keyed(128)), 'accepted');
  const producer = new EventHubProducerClient(emulator.connectionString(HUB), {
    retryOptions: { ...NO_RETRIES },
  });
  closeBefore(emulator, () => producer.close());
  const batch = await producer.createBatch();
  assert.equal(batch.maxSizeInBytes, 2000, 'the SDK takes the limit from the link');
});

test('a connection beyond the quota is closed with the words of the service', async (t) => {
  const emulator = await emulatorFor(t, { maxConnections: 1 });
  const first = await RawClient.open(emulator.connectionString());
  closeBefore(emulator, async () => first.close());
  const { host, port } = emulator;
  /** Undefined: it was taken. */
  const refusalOf = async (): Promise<{ condition: string; description: string } | undefined> => {
    const connection = rhea.create_container().connect({ host, port, username: 'x', reconnect: false });
    closeBefore(emulator, async () => connection.close());
    for (const event of ['disconnected', 'connection_error']) connection.on(event, () => undefined);
    const closed = once(connection, 'connection_close').then(() => connection.error);
    await once(connection, 'connection_open');
    const error = await Promise.race([closed, sleep(50)]);
    return error as { condition: string; description: string } | undefined;
  };
  const refusal = await refusalOf();
  assert.equal(refusal?.condition, 'amqp:resource-limit-exceeded');
  assert.match(refusal.description, /^ConnectionsQuotaExceeded/);
  first.close();
  await until('a place that was left is taken', async () => (await refusalOf()) === undefined);
});

test('links without traffic are detached after the idle time; a receiver that waits with credit is not idle', async (t) => {
  let aheadMs = 0;
  const [emulator, raw] = await rawFor(t, { now: () => Date.now() + aheadMs });
  const sender = await raw.sender(PARTITION);
  const address = `${HUB}/ConsumerGroups/$Default/Partitions/0`;
  const [waiting, idle] = [await raw.receiver(address), await raw.receiver(address)];
  waiting.add_credit(1);
  await until('both are there', () => emulator.hub(HUB).receivers('0').length === 2);
  await raw.putToken(HUB, { seconds: 7200 });
  aheadMs = 30 * 60_000 + 1000;
  const consumer = await detachError(idle);
  assert.equal(consumer.condition, 'amqp:link:detach-forced');
  assert.match(consumer.description, /AmqpEventHubConsumer.IdleTimerExpired: Idle timeout: 00:30:00/);
  assert.match((await detachError(sender)).description, /AmqpEventHubPublisher.IdleTimerExpired/);
  assert.ok(waiting.is_open());
});
