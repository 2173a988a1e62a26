// The official JavaScript SDK against the emulator; prints what peer-suites.ts checks.

import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import type { EventPosition, ReceivedEventData, SubscribeOptions } from '@azure/event-hubs';

const [connectionString = '', perPartitionText = '0'] = process.argv.slice(2);
const perPartition = Number(perPartitionText);
const producer = new EventHubProducerClient(connectionString);
const consumer = new EventHubConsumerClient('$Default', connectionString);

const { name, partitionIds } = await producer.getEventHubProperties();
const unused = await producer.getPartitionProperties('3');
await producer.sendBatch(
  [0, 1, 2, 3, 4].map((index) => ({ body: `hello ${String(index)}`, properties: { index } })),
  { partitionKey: 'k1' },
);
await producer.sendBatch([{ body: Buffer.alloc(200_000) }], { partitionId: '1' });

const owner = { ownerLevel: 3, trackLastEnqueuedEventProperties: true };
const keyed = await receive('0', 5, earliestEventPosition, owner);
const [large] = await receive('1', 1, earliestEventPosition, owner);
const afterTwo = await receive('0', 2, { sequenceNumber: 2 });
const inOrder: Record<string, number> = {};
for (const id of partitionIds) inOrder[id] = await countInOrder(id);
await consumer.close();
await producer.close();

console.log(
  JSON.stringify({
    hub: name,
    partitionIds,
    unused: [
      unused.beginningSequenceNumber,
      unused.lastEnqueuedSequenceNumber,
      unused.lastEnqueuedOffset,
      unused.isEmpty,
    ],
    keyed: keyed.map(({ sequenceNumber, partitionKey, body }) => ({
      sequenceNumber,
      key: partitionKey,
      body,
    })),
    largeBytes: large?.body.length,
    afterTwo: afterTwo.map(({ sequenceNumber }) => sequenceNumber),
    inOrder,
  }),
);

/** Reads so many events of a partition on one link. */
async function receive(
  partitionId: string,
  count: number,
  startPosition: EventPosition,
  options: SubscribeOptions = {},
): Promise<ReceivedEventData[]> {
  const events: ReceivedEventData[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const subscription = consumer.subscribe(
    partitionId,
    {
      processEvents: async (batch) => {
        events.push(...batch);
        if (events.length >= count) resolve();
      },
      processError: async (error) => reject(error),
    },
    { startPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, ...options },
  );
  await promise;
  await subscription.close();
  return events;
}

/** Sends numbered events to a partition; answers how many came as they were sent, in their order. */
async function countInOrder(partitionId: string): Promise<number> {
  const { isEmpty, lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(partitionId);
  for (let start = 0; start < perPartition; start += 1000) {
    const count = Math.min(1000, perPartition - start);
    const numbers = Array.from({ length: count }, (_, index) => ({ body: start + index }));
    await producer.sendBatch(numbers, { partitionId });
  }
  const from = isEmpty ? earliestEventPosition : { sequenceNumber: lastEnqueuedSequenceNumber };
  const events = await receive(partitionId, perPartition, from);
  const wrong = events.findIndex(({ body }, index) => body !== index);
  return wrong === -1 ? events.length : wrong;
}
