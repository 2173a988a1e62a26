// A stock consumer as the SDK's own samples build it: EventHubConsumerClient with BlobCheckpointStore and a handler that
// takes its time, then checkpoints. The measured baseline of test/bench; nothing of this project is inside.
import { setTimeout as delay } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';

export interface StockConsumerOptions {
  readonly name: string;
  readonly eventHubConnectionString: string;
  readonly eventHub: string;
  readonly storageConnectionString: string;
  readonly container: string;
  readonly strategy: 'balanced' | 'greedy';
  readonly updateIntervalMs: number;
  readonly expiryMs: number;
  /** How long the handler takes for the next batch. */
  readonly handlerMs: () => number;
  /** Told of each batch when its handling begins. */
  readonly onBatch?: (consumer: string, partitionId: string, sequenceNumbers: readonly number[]) => void;
  readonly onError?: (consumer: string, partitionId: string, error: Error) => void;
}

export interface StockConsumer {
  readonly name: string;
  close(): Promise<void>;
}

export function startStockConsumer(options: StockConsumerOptions): StockConsumer {
  const client = new EventHubConsumerClient(
    '$Default',
    options.eventHubConnectionString,
    options.eventHub,
    new BlobCheckpointStore(new ContainerClient(options.storageConnectionString, options.container)),
    {
      identifier: options.name,
      loadBalancingOptions: {
        strategy: options.strategy,
        updateIntervalInMs: options.updateIntervalMs,
        partitionOwnershipExpirationIntervalInMs: options.expiryMs,
      },
    },
  );
  const subscription = client.subscribe(
    {
      async processEvents(events, context) {
        const last = events.at(-1);
        if (last === undefined) return;
        const sequenceNumbers = events.map((event) => event.sequenceNumber);
        options.onBatch?.(options.name, context.partitionId, sequenceNumbers);
        await delay(options.handlerMs());
        await context.updateCheckpoint(last);
      },
      async processError(error, context) {
        options.onError?.(options.name, context.partitionId, error);
      },
    },
    { startPosition: earliestEventPosition, maxBatchSize: 10, maxWaitTimeInSeconds: 2 },
  );
  return {
    name: options.name,
    async close() {
      // close() can wait for ever on a detach; the measurement is over by now, so a deadline is enough.
      const closed = subscription.close().then(() => client.close());
      await Promise.race([closed.catch(() => undefined), delay(5_000)]);
    },
  };
}
