// Sends many events and drops none silently: batches per partition key, a bounded buffer, retries with back-off, and one
// verdict for every event. Events with the same key arrive in the order they were added; a key's next batch waits for the
// one before it, retries included.

import type { EventData, EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import type { Clock, Random } from '../engine/ports.ts';
import { WorkerError } from '../engine/errors.ts';
import type { BackOff } from './back-off.ts';
import { BatchDelivery } from './batch-delivery.ts';
import { ClientFactory } from './credentials.ts';
import type { EventHubAccess } from './credentials.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

export interface ProducedEvent {
  /** Sent as they are. */
  readonly body: Buffer;
  readonly messageId: string;
  readonly contentType: string;
  /** Undefined: any partition, in any order. */
  readonly partitionKey: string | undefined;
}

export interface ProducerOptions {
  readonly access: EventHubAccess;
  readonly clock: Clock;
  readonly random: Random;
  /** Further tries after the first. A busy service is waited for on top of them, unless this is 0. */
  readonly retries: number;
  readonly backOff: BackOff;
  /** For one try. */
  readonly timeoutMs: number;
  /** Events tried again, each counted once. */
  readonly onRetry: (events: number, error: WorkerError) => void;
  readonly onSent: (events: number) => void;
  readonly onFailed: (events: readonly ProducedEvent[], error: WorkerError) => void;
}

interface Lane {
  readonly key: string | undefined;
  readonly waiting: ProducedEvent[];
}

/** Enough to fill batches for every sender slot; what does not fit waits in add(). */
const maxBufferedEvents = 20_000;
const maxBufferedBytes = 32 * 1024 * 1024;
const maxSendingBatches = 32;
const closeTimeoutMs = 5000;

export class Producer {
  readonly #options: ProducerOptions;
  readonly #client: EventHubProducerClient;
  readonly #connection: ConnectionAccess;
  readonly #delivery: BatchDelivery;
  readonly #lanes = new Map<string | undefined, Lane>();
  /** Lanes with events and, for a key, no batch on its way. */
  readonly #ready: Lane[] = [];
  readonly #over = new AbortController();
  #sendingBatches = 0;
  #bufferedEvents = 0;
  #bufferedBytes = 0;
  #changed = Promise.withResolvers<void>();

  private constructor(options: ProducerOptions, client: EventHubProducerClient) {
    this.#options = options;
    this.#client = client;
    this.#connection = new ConnectionAccess(client);
    this.#delivery = new BatchDelivery(options, this.#over.signal);
  }

  /** Opens the link, so that a wrong hub, key or address is told before anything is read. Throws WorkerError. */
  static async open(options: ProducerOptions): Promise<Producer> {
    const clients = await ClientFactory.create({ eventHub: options.access });
    const retryOptions = { maxRetries: 0, timeoutInMs: options.timeoutMs };
    const producer = new Producer(options, clients.producer(options.access, retryOptions));
    try {
      await producer.#delivery.run(
        (abortSignal) => producer.#connection.unlessBroken(producer.#client.createBatch({ abortSignal })),
        () => undefined,
      );
      return producer;
    } catch (thrown) {
      await producer.close();
      throw thrown;
    }
  }

  /** Takes an event over; waits while the buffer is full. Its fate is told to onSent or onFailed. */
  async add(event: ProducedEvent): Promise<void> {
    while (this.#isFull(event)) await this.#changed.promise;
    this.#bufferedEvents += 1;
    this.#bufferedBytes += event.body.byteLength;
    const known = this.#lanes.get(event.partitionKey);
    if (known === undefined) {
      const lane = { key: event.partitionKey, waiting: [event] };
      this.#lanes.set(lane.key, lane);
      this.#ready.push(lane);
    } else {
      known.waiting.push(event);
      if (known.key === undefined && !this.#ready.includes(known)) this.#ready.push(known);
    }
    this.#startBatches();
  }

  /** Settles when every event that was added has its verdict. */
  async flush(): Promise<void> {
    while (this.#bufferedEvents > 0) await this.#changed.promise;
  }

  /** Gives up what is not sent (it is told as failed) and closes the connection. */
  async close(): Promise<void> {
    this.#over.abort();
    await this.flush();
    await settleWithin(this.#options.clock, closeTimeoutMs, () => this.#client.close());
    this.#connection.destroy();
  }

  #isFull(event: ProducedEvent): boolean {
    if (this.#bufferedEvents === 0) return false;
    return (
      this.#bufferedEvents >= maxBufferedEvents ||
      this.#bufferedBytes + event.body.byteLength > maxBufferedBytes
    );
  }

  #startBatches(): void {
    while (this.#sendingBatches < maxSendingBatches) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      this.#sendingBatches += 1;
      void this.#sendFrom(lane);
    }
  }

  /** Never rejects. */
  async #sendFrom(lane: Lane): Promise<void> {
    const taken: ProducedEvent[] = [];
    const tooLarge: ProducedEvent[] = [];
    try {
      const batch = await this.#delivery.run(
        (abortSignal) =>
          this.#connection.unlessBroken(
            this.#client.createBatch({
              abortSignal,
              ...(lane.key === undefined ? {} : { partitionKey: lane.key }),
            }),
          ),
        () => undefined,
      );
      fill(batch, lane.waiting, taken, tooLarge);
      // Without a key nothing waits for this batch.
      if (lane.key === undefined && lane.waiting.length > 0) this.#ready.push(lane);
      this.#startBatches();
      if (taken.length > 0) {
        await this.#delivery.run(
          (abortSignal) => this.#connection.unlessBroken(this.#client.sendBatch(batch, { abortSignal })),
          (error) => this.#options.onRetry(taken.length, error),
        );
        this.#options.onSent(taken.length);
        this.#release(taken);
      }
      if (tooLarge.length > 0) this.#fail(tooLarge, tooLargeError(batch.maxSizeInBytes));
    } catch (thrown) {
      // The delivery throws WorkerErrors only. No batch could even be made: the lane's next events would fare no better.
      const error = thrown instanceof WorkerError ? thrown : unexpected(thrown);
      this.#fail(taken.length > 0 ? [...taken, ...tooLarge] : lane.waiting.splice(0), error);
    }
    this.#sendingBatches -= 1;
    if (lane.waiting.length === 0) this.#lanes.delete(lane.key);
    else if (!this.#ready.includes(lane)) this.#ready.push(lane);
    this.#startBatches();
  }

  #fail(events: readonly ProducedEvent[], error: WorkerError): void {
    if (events.length > 0) this.#options.onFailed(events, error);
    this.#release(events);
  }

  #release(events: readonly ProducedEvent[]): void {
    this.#bufferedEvents -= events.length;
    for (const { body } of events) this.#bufferedBytes -= body.byteLength;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Moves events from the head of the queue into the batch until it is full; what fits no batch goes aside. */
function fill(
  batch: EventDataBatch,
  waiting: ProducedEvent[],
  taken: ProducedEvent[],
  tooLarge: ProducedEvent[],
): void {
  let next = 0;
  for (const event of waiting) {
    if (batch.tryAdd(eventDataOf(event))) taken.push(event);
    else if (batch.count === 0) tooLarge.push(event);
    else break;
    next += 1;
  }
  waiting.splice(0, next);
}

function eventDataOf({ body, messageId, contentType }: ProducedEvent): EventData {
  return { body, messageId, contentType };
}

function tooLargeError(maxBytes: number): WorkerError {
  return new WorkerError('EHW_EVENT_HUB_FAILED', {
    reason: `an event is larger than the event hub takes (${String(maxBytes)} bytes with its headers)`,
  });
}

function unexpected(thrown: unknown): WorkerError {
  return new WorkerError('EHW_EVENT_HUB_FAILED', { reason: String(thrown) }, { cause: thrown });
}
