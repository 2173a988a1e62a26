// Asks the broker whether a partition can be received from, and disturbs nobody: a receiver without an epoch (owner level)
// never displaces another one, and gives way at once to a worker that attaches with its generation.

import { latestEventPosition } from '@azure/event-hubs';
import type { EventHubConsumerClient, Subscription } from '@azure/event-hubs';
import { reasonOf } from '../engine/errors.ts';
import type { Clock } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import { namespaceHost } from './credentials.ts';
import type { ClientFactory, EventHubAccess } from './credentials.ts';
import { eventHubError } from './map-error.ts';
import { readRefusal } from './receiver-answer.ts';
import type { ReceiverAnswer } from './receiver-answer.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

export interface ReceiverProbeOptions {
  readonly access: EventHubAccess;
  readonly consumerGroup: string;
  readonly clients: ClientFactory;
  readonly clock: Clock;
}

const attachTimeoutMs = 15_000;
const closeTimeoutMs = 3_000;
/** A refusal may come just after the attach was answered: a link that is still there after this long was admitted. */
const settleSeconds = 0.5;

export class ReceiverProbe {
  readonly #options: ReceiverProbeOptions;
  readonly #client: EventHubConsumerClient;
  readonly #connection: ConnectionAccess;

  constructor(options: ReceiverProbeOptions) {
    this.#options = options;
    this.#client = options.clients.consumer(options.access, {
      consumerGroup: options.consumerGroup,
      identifier: 'eventhub-worker doctor',
      retryOptions: { maxRetries: 0, timeoutInMs: attachTimeoutMs },
    });
    this.#connection = new ConnectionAccess(this.#client);
  }

  /** Throws WorkerError for every answer that is not about other receivers. */
  async ask(partitionId: string, signal: AbortSignal): Promise<ReceiverAnswer> {
    const { clock } = this.#options;
    const operation = `Attaching a receiver to partition ${partitionId}`;
    const opened: { subscription?: Subscription } = {};
    try {
      return await withDeadline(clock, { operation, timeoutMs: attachTimeoutMs, signal }, () =>
        this.#attach(partitionId, opened),
      );
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const refusal = readRefusal(reasonOf(thrown));
      if (refusal !== undefined) return refusal;
      throw this.#mapError(thrown);
    } finally {
      const { subscription } = opened;
      if (subscription !== undefined) await settleWithin(clock, closeTimeoutMs, () => subscription.close());
    }
  }

  async close(): Promise<void> {
    await settleWithin(this.#options.clock, closeTimeoutMs, () => this.#client.close());
    this.#connection.destroy();
  }

  #attach(partitionId: string, opened: { subscription?: Subscription }): Promise<ReceiverAnswer> {
    return new Promise((resolve, reject) => {
      opened.subscription = this.#client.subscribe(
        partitionId,
        {
          // Called with no events when none came for a while: the link lives.
          processEvents: async () => resolve({ kind: 'admitted' }),
          processError: async (error) => reject(error),
        },
        {
          startPosition: latestEventPosition,
          maxBatchSize: 1,
          prefetchCount: 1,
          maxWaitTimeInSeconds: settleSeconds,
          skipParsingBodyAsJson: true,
        },
      );
    });
  }

  #mapError(thrown: unknown): Error {
    const { access, consumerGroup } = this.#options;
    return eventHubError(thrown, {
      host: namespaceHost(access.namespace),
      eventHub: access.eventHub,
      consumerGroup,
      // Asked only after the hub was found: what is missing is the group.
      isHubKnown: true,
    });
  }
}
