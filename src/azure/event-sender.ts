// Sends single events with everything they carry: what `dead-letters replay` needs. Not for throughput.

import type { EventData, EventHubProducerClient } from '@azure/event-hubs';
import type { Clock } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import { ClientFactory, namespaceHost } from './credentials.ts';
import type { EventHubAccess } from './credentials.ts';
import { eventHubError } from './map-error.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

/** An event to send; it goes by its partition key, or to the partition named. */
export interface OutgoingEvent {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly target: { readonly partitionKey: string } | { readonly partitionId: string };
}

const sendTimeoutMs = 30_000;
const closeTimeoutMs = 5000;
/** The SDK would wait 30 s between two tries. */
const retryOptions = { maxRetries: 2, timeoutInMs: 10_000, retryDelayInMs: 500, maxRetryDelayInMs: 2000 };

export class EventSender {
  readonly #access: EventHubAccess;
  readonly #clock: Clock;
  readonly #producer: EventHubProducerClient;
  readonly #connection: ConnectionAccess;

  private constructor(access: EventHubAccess, clock: Clock, producer: EventHubProducerClient) {
    this.#access = access;
    this.#clock = clock;
    this.#producer = producer;
    this.#connection = new ConnectionAccess(producer);
  }

  /** Nothing connects before the first event is sent. */
  static async open(access: EventHubAccess, clock: Clock): Promise<EventSender> {
    const clients = await ClientFactory.create({ eventHub: access });
    return new EventSender(access, clock, clients.producer(access, retryOptions));
  }

  /** Settles when the hub has the event. Rejects with WorkerError; after a timeout the hub may have it all the same. */
  async send(event: OutgoingEvent, signal: AbortSignal): Promise<void> {
    const wait = { operation: 'Sending an event', timeoutMs: sendTimeoutMs, signal };
    try {
      await withDeadline(this.#clock, wait, (abortSignal) =>
        this.#producer.sendBatch([eventDataOf(event)], { ...event.target, abortSignal }),
      );
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { namespace, eventHub } = this.#access;
      const place = { host: namespaceHost(namespace), eventHub, consumerGroup: '', isHubKnown: false };
      throw eventHubError(thrown, place);
    }
  }

  async close(): Promise<void> {
    await settleWithin(this.#clock, closeTimeoutMs, () => this.#producer.close());
    this.#connection.destroy();
  }
}

function eventDataOf({ body, contentType, messageId, correlationId, properties }: OutgoingEvent): EventData {
  return {
    // The SDK sends a Buffer as it is and would make JSON of any other bytes.
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    properties: { ...properties },
    ...(contentType === undefined ? {} : { contentType }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}
