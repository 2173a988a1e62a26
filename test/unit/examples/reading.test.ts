// The snippets of "Reading an event": they stand in docs/handlers.md word for word, and they run.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import cloudEvents from '../../../examples/reading/cloud-events.ts';
import kafka from '../../../examples/reading/kafka.ts';
import monitor from '../../../examples/reading/monitor.ts';
import { orders } from '../../../examples/reading/schema-registry.ts';
import { runHandler, testEvent } from '../../../src/testing.ts';

const folder = new URL('../../../examples/reading/', import.meta.url);

test('stand in docs/handlers.md word for word', async () => {
  const page = await readFile(new URL('../../../docs/handlers.md', import.meta.url), 'utf8');
  for (const file of await readdir(folder)) {
    const source = await readFile(new URL(file, folder), 'utf8');
    assert.ok(
      page.includes(`\`\`\`ts\n${source}\`\`\``),
      `examples/reading/${file} differs from docs/handlers.md`,
    );
  }
});

test('Kafka: keys, headers of bytes and tombstones', async () => {
  const annotations = { 'x-opt-kafka-key': Buffer.from('customer-7') };
  const properties = { source: Buffer.from('checkout') };
  const { logs } = await runHandler(kafka, [
    testEvent({ annotations, properties, body: '{"order":7}' }),
    testEvent({ annotations, messageBody: { kind: 'value', value: null } }),
  ]);
  assert.deepEqual(
    logs.map(({ message, details }) => [message, details?.['customer'], details?.['source']]),
    [
      ['changed', 'customer-7', 'checkout'],
      ['deleted', 'customer-7', undefined],
    ],
  );
});

test('Azure Monitor: each record, with exact ids', async () => {
  const { logs } = await runHandler(monitor, [
    testEvent({ body: '{"records":[{"id":9007199254740993},{"id":2}]}' }),
  ]);
  assert.deepEqual(
    logs.map(({ details }) => details?.['record']),
    [{ id: 9007199254740993n }, { id: 2 }],
  );
});

test('CloudEvents: one or many', async () => {
  const event = { specversion: '1.0', id: '1', source: '/s', type: 'order.created', data: { n: 1 } };
  const { logs } = await runHandler(cloudEvents, [
    testEvent({ contentType: 'application/cloudevents+json', body: JSON.stringify(event) }),
    testEvent({ body: JSON.stringify([event, { ...event, type: 'order.paid' }]) }),
  ]);
  assert.deepEqual(logs.map(({ message }) => message).toSorted(), [
    'order.created',
    'order.created',
    'order.paid',
  ]);
});

test('a schema registry: decoded once, tried again when it is down, given up without an id', async () => {
  const saved: string[] = [];
  let calls = 0;
  const registry = {
    async decode(name: string, schemaId: string, payload: Uint8Array) {
      calls += 1;
      if (calls === 1) throw new Error('down');
      return { id: `${name} ${schemaId} ${Buffer.from(payload).toString()}` };
    },
  };
  const run = await runHandler(
    orders(registry, ({ id }) => void saved.push(id)),
    [testEvent({ body: Buffer.from('\0\0\0\0\u0007x') }), testEvent({ body: 'none' })],
  );
  assert.deepEqual(saved, ['confluent 7 x']);
  assert.deepEqual(
    run.deadLetters.map(({ error }) => error),
    ['no schema id'],
  );
});
