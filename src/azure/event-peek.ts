// Looks at the newest events of a partition, few and once, and disturbs nobody: a receiver without an epoch (owner level) never
// displaces another one, and no checkpoint is written.

import type { EventHubConsumerClient, Subscription } from '@azure/event-hubs';
import { reasonOf } from '../engine/errors.ts';
import type { PartitionProperties, ReceivedEvent } from '../engine/event.ts';
import type { Clock } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import type { ClientFactory, EventHubAccess } from './credentials.ts';
import { toReceivedEvent } from './received-event.ts';
import { readRefusal } from './receiver-answer.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

export interface EventPeekOptions {
  readonly access: EventHubAccess;
  readonly consumerGroup: string;
  readonly clients: ClientFactory;
  readonly clock: Clock;
}

const peekTimeoutMs = 10_000;
const closeTimeoutMs = 3_000;
/** They are there already: what has not come by then will not. */
const waitSeconds = 2;

export class EventPeek {
  readonly #options: EventPeekOptions;
  readonly #client: EventHubConsumerClient;
  readonly #connection: ConnectionAccess;

  constructor(options: EventPeekOptions) {
    const { access, consumerGroup, clients } = options;
    this.#options = options;
    this.#client = clients.consumer(access, {
      consumerGroup,
      identifier: 'eventhub-worker doctor',
      retryOptions: { maxRetries: 0, timeoutInMs: peekTimeoutMs },
    });
    this.#connection = new ConnectionAccess(this.#client);
  }

  /** At most maxEvents; undefined when the partition's owner keeps others out. Throws what else went wrong. */
  async newest(
    partition: PartitionProperties,
    maxEvents: number,
    signal: AbortSignal,
  ): Promise<readonly ReceivedEvent[] | undefined> {
    if (partition.isEmpty) return [];
    const { partitionId } = partition;
    const opened: { subscription?: Subscription } = {};
    const wait = { operation: `Peeking into partition ${partitionId}`, timeoutMs: peekTimeoutMs, signal };
    try {
      return await withDeadline(this.#options.clock, wait, () => this.#receive(partition, maxEvents, opened));
    } catch (thrown) {
      if (!signal.aborted && readRefusal(reasonOf(thrown)) !== undefined) return undefined;
      throw thrown;
    } finally {
      const { subscription } = opened;
      if (subscription !== undefined) {
        await settleWithin(this.#options.clock, closeTimeoutMs, () => subscription.close());
      }
    }
  }

  async close(): Promise<void> {
    await settleWithin(this.#options.clock, closeTimeoutMs, () => this.#client.close());
    this.#connection.destroy();
  }

  #receive(
    { partitionId, beginSequenceNumber, lastSequenceNumber }: PartitionProperties,
    maxEvents: number,
    opened: { subscription?: Subscription },
  ): Promise<readonly ReceivedEvent[]> {
    const sequenceNumber = Math.max(beginSequenceNumber, lastSequenceNumber - maxEvents + 1);
    return new Promise((resolve, reject) => {
      opened.subscription = this.#client.subscribe(
        partitionId,
        {
          processEvents: async (events) => resolve(events.slice(0, maxEvents).map(toReceivedEvent)),
          processError: async (error) => reject(error),
        },
        {
          startPosition: { sequenceNumber, isInclusive: true },
          maxBatchSize: maxEvents,
          prefetchCount: maxEvents,
          maxWaitTimeInSeconds: waitSeconds,
          skipParsingBodyAsJson: true,
        },
      );
    });
  }
}
