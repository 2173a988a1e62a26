// The producer and `send` against the emulator: order per key, retries, throttling, what cannot be sent.

import { bodyBytes } from '../../../src/engine/reading/body-bytes.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Producer } from '../../../src/azure/producer.ts';
import type { ProducedEvent, ProducerOptions } from '../../../src/azure/producer.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import type { WorkerError } from '../../../src/engine/errors.ts';
import { realClock } from '../../support/real-clock.ts';
import {
  accessTo,
  closeAfter,
  emulatorWith,
  fromStart,
  hubName,
  RecordingListener,
  sourceFor,
  until,
} from './source-fixture.ts';

interface Verdicts {
  sent: number;
  retried: number;
  readonly failed: ProducedEvent[];
  readonly errors: WorkerError[];
}

async function producerFor(
  t: TestContext,
  emulator: Emulator,
  options: Partial<ProducerOptions> = {},
): Promise<{ producer: Producer; verdicts: Verdicts }> {
  const verdicts: Verdicts = { sent: 0, retried: 0, failed: [], errors: [] };
  const producer = await Producer.open({
    access: accessTo(emulator.connectionString()),
    clock: realClock,
    random: { next: () => Math.random() },
    retries: 7,
    backOff: { minMs: 20, maxMs: 200 },
    timeoutMs: 5000,
    onRetry: (events) => void (verdicts.retried += events),
    onSent: (events) => void (verdicts.sent += events),
    onFailed: (events, error) => {
      verdicts.failed.push(...events);
      verdicts.errors.push(error);
    },
    ...options,
  });
  closeAfter(t, () => producer.close());
  return { producer, verdicts };
}

function event(number: number, partitionKey: string | undefined): ProducedEvent {
  const body = Buffer.from(JSON.stringify({ number, key: partitionKey }));
  return { body, messageId: `m-${number}`, contentType: 'application/json', partitionKey };
}

/** Every event of the hub as { number, key }, partition after partition. */
async function stored(t: TestContext, emulator: Emulator): Promise<{ number: number; key?: string }[]> {
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const all: { number: number; key?: string }[] = [];
  for (const { id, eventCount } of emulator.hub(hubName).partitions) {
    const listener = new RecordingListener();
    const link = source.open({ partitionId: id, generation: 1, start: fromStart }, listener);
    await until('all of a partition', () => listener.events.length >= eventCount);
    await link.close();
    for (const { message } of listener.events) {
      const text = Buffer.from(bodyBytes(message.body)).toString();
      const parsed: { number: number; key?: string } = JSON.parse(text);
      all.push(parsed);
    }
  }
  return all;
}

test('G2: events of one key stay in order while the service refuses, drops and throttles', async (t) => {
  const emulator = await emulatorWith(t, 4);
  const { producer, verdicts } = await producerFor(t, emulator);
  const rules = [
    { at: 'send', error: { condition: 'amqp:internal-error' }, times: 5 },
    { at: 'send', error: { condition: 'com.microsoft:server-busy' }, times: 5 },
  ] as const;
  for (const rule of rules) emulator.faults.inject(rule);
  for (let number = 0; number < 4000; number += 1) {
    await producer.add(event(number, `key-${number % 7}`));
    if (number === 2000) emulator.faults.dropConnections();
  }
  await producer.flush();
  assert.equal(verdicts.sent, 4000);
  assert.ok(verdicts.retried > 0);
  assert.deepEqual(verdicts.failed, []);

  const found = await stored(t, emulator);
  assert.equal(new Set(found.map(({ number }) => number)).size, 4000);
  const seen = new Set<number>();
  const last = new Map<string, number>();
  for (const { number, key = '' } of found) {
    // A batch whose acknowledgement was cut off is sent again as a whole: only first appearances tell the order.
    if (seen.has(number)) continue;
    seen.add(number);
    assert.ok(number > (last.get(key) ?? -1), `${key}: ${number} after ${last.get(key)}`);
    last.set(key, number);
  }
});

test('an event that no try gets through is told as failed, and the next one still goes', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const { producer, verdicts } = await producerFor(t, emulator, { retries: 2 });
  emulator.faults.inject({ at: 'send', error: { condition: 'amqp:internal-error' }, times: 3 });
  await producer.add(event(1, 'k'));
  await producer.flush();
  assert.deepEqual(
    verdicts.failed.map(({ messageId }) => messageId),
    ['m-1'],
  );
  assert.equal(verdicts.errors[0]?.code, 'EHW_EVENT_HUB_FAILED');
  await producer.add(event(2, 'k'));
  await producer.flush();
  assert.equal(verdicts.sent, 1);
});

test('an event larger than the hub takes is told as failed at once and holds nothing up', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const { producer, verdicts } = await producerFor(t, emulator);
  await producer.add({ ...event(1, 'k'), body: Buffer.alloc(1_200_000) });
  await producer.add(event(2, 'k'));
  await producer.flush();
  assert.deepEqual([verdicts.sent, verdicts.failed.length, verdicts.retried], [1, 1, 0]);
});

test('a wrong hub is told when opening, without spending the tries', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const access = accessTo(emulator.connectionString(), 'nowhere');
  await assert.rejects(producerFor(t, emulator, { access }), { code: 'EHW_EVENT_HUB_NOT_FOUND' });
});

test('closing gives up what is being tried and tells it as failed', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const { producer, verdicts } = await producerFor(t, emulator, {
    backOff: { minMs: 60_000, maxMs: 60_000 },
  });
  emulator.faults.inject({ at: 'send', error: { condition: 'amqp:internal-error' } });
  for (let number = 0; number < 10; number += 1) await producer.add(event(number, undefined));
  await until('a first failed try', () => verdicts.retried > 0);
  await producer.close();
  assert.equal(verdicts.failed.length, 10);
});

test('send --file puts every line in, keeps order by the key field, and tells what it could not send', async (t) => {
  const emulator = await emulatorWith(t, 4);
  const folder = await mkdtemp(join(tmpdir(), 'send-'));
  t.after(() => rm(folder, { recursive: true }));
  const lines = Array.from({ length: 5000 }, (_, number) =>
    JSON.stringify({ number, key: `k${number % 11}` }),
  );
  const file = join(folder, 'events.jsonl');
  const failed = join(folder, 'failed.jsonl');
  await writeFile(file, [...lines.slice(0, 100), '', '{broken', ...lines.slice(100)].join('\r\n'));
  const { code, stdout, stderr } = await run(
    ['send', '--file', file, '--key-field', 'key', '--failed', failed, '--json'],
    emulator,
  );
  assert.equal(code, 1);
  const report: unknown = JSON.parse(stdout);
  assert.deepEqual(
    { ...Object(report), seconds: 0, eventsPerSecond: 0 },
    {
      sent: 5000,
      retried: 0,
      failed: 1,
      seconds: 0,
      eventsPerSecond: 0,
    },
  );
  assert.match(stderr, /line 102: it is no JSON/);
  assert.equal(await readFile(failed, 'utf8'), '{broken\n');
  const found = await stored(t, emulator);
  assert.deepEqual(
    found.map(({ number }) => number).toSorted((a, b) => a - b),
    lines.map((_, number) => number),
  );
  for (const key of new Set(found.map((one) => one.key))) {
    const numbers = found.filter((one) => one.key === key).map(({ number }) => number);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  }
});

test('send makes events up at a rate, each with a message id of its own, and exits 0', async (t) => {
  const emulator = await emulatorWith(t, 2);
  const startedMs = performance.now();
  const { code, stdout } = await run(
    ['send', '--count', '200', '--rate', '200', '--keys', '5', '--size', '300'],
    emulator,
  );
  assert.equal(code, 0);
  assert.match(stdout, /^sent 200, retried 0, failed 0, \d+ events\/s in \d/m);
  assert.ok(performance.now() - startedMs > 900);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  for (const partitionId of ['0', '1'])
    source.open({ partitionId, generation: 1, start: fromStart }, listener);
  await until('all events', () => listener.events.length === 200);
  assert.equal(new Set(listener.events.map(({ message }) => message.properties.messageId)).size, 200);
  assert.ok(listener.events.every(({ message }) => bodyBytes(message.body).byteLength === 300));
});

test('send says what is wrong with its input: exit 2', async (t) => {
  const emulator = await emulatorWith(t, 1);
  const missing = await run(['send', '--file', `/${randomUUID()}`], emulator);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /--file .* cannot be read/);
  const both = await run(['send', '--file', 'x', '--count', '3'], emulator);
  assert.equal(both.code, 2);
});

function run(
  args: readonly string[],
  emulator: Emulator,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const env = {
    ...process.env,
    EVENTHUB_CONNECTION_STRING: emulator.connectionString(),
    EVENTHUB_NAME: hubName,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/main.ts', ...args],
      { env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? -1);
        resolve({ code, stdout, stderr });
      },
    );
  });
}
