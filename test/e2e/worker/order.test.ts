// Order where the sender named no partition key: Kafka's record key and IoT Hub's device, through the broker and the process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventHubProducerClient } from '@azure/event-hubs';
import { until } from '../../chaos/until.ts';
import { eventHub, Stack } from './stack.ts';
import { HandledFile } from './handled-file.ts';

const perKind = 40;

test('G2: events of one Kafka key, and of one device, run in order, one at a time, beside others', async (t) => {
  const stack = await Stack.start(t, 1);
  const handled = await HandledFile.create(t);
  const producer = new EventHubProducerClient(stack.eventHubConnectionString, eventHub);
  t.after(() => producer.close());
  await producer.sendBatch(
    Array.from({ length: perKind * 3 }, (_, index) => {
      const [kind, messageAnnotations] = senders(index)[index % 3] ?? [];
      return {
        bodyType: 'data' as const,
        body: Buffer.from(String(index)),
        applicationProperties: { kind: Buffer.from(String(kind)) },
        messageAnnotations,
      };
    }),
    { partitionId: '0' },
  );
  await stack.worker({
    ...handled.environment,
    WORKER_ID: 'w1',
    HANDLER: 'test/e2e/worker/ordered-events.ts',
  });
  await until('all events are handled', 30_000, async () => (await handled.ids()).length === perKind * 6);

  const lines = (await handled.ids()).map((line) => line.split(' '));
  for (const key of ['kafka', 'device']) {
    const own = lines.filter(([, kind]) => kind === key);
    const numbers = own.filter(([step]) => step === 'ends').map(([, , number]) => Number(number));
    assert.equal(numbers.length, perKind);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      `${key} keeps its order`,
    );
    const steps = own.map(([step]) => step);
    assert.deepEqual(
      steps,
      Array.from({ length: perKind }, () => ['starts', 'ends']).flat(),
      `${key} runs alone`,
    );
  }
  const running = lines.map(([step]) => (step === 'starts' ? 1 : -1));
  let now = 0;
  const most = Math.max(...running.map((change) => (now += change)));
  assert.ok(most > 8, `different keys run side by side (${most})`);
});

/** One key for all Kafka records, one device for all telemetry, and others that are each alone. */
function senders(index: number): readonly (readonly [string, Record<string, unknown>])[] {
  return [
    ['kafka', { 'x-opt-kafka-key': Buffer.from('customer-7') }],
    ['device', { 'iothub-connection-device-id': 'thermostat-17' }],
    ['other', { 'x-opt-kafka-key': Buffer.from(`customer-${index + 100}`) }],
  ];
}
