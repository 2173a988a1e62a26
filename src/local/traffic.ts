// A steady stream of made-up orders, sent by the SDK's own producer: what a real sender looks like to the worker. What
// cannot be sent is not kept; the next second brings new orders.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventHubProducerClient } from '@azure/event-hubs';
import { reasonOf } from '../engine/errors.ts';

export interface TrafficOptions {
  readonly connectionString: string;
  readonly eventHub: string;
  readonly eventsPerSecond: number;
}

/** Rounds per second: each sends one batch per customer drawn, so that traffic flows instead of pulsing. */
const roundsPerSecond = 5;
const customers = 200;
const batchEvents = 50;
const retryPauseMs = 1000;

export class Traffic {
  readonly #producer: EventHubProducerClient;
  readonly #eventsPerSecond: number;
  readonly #stopping = new AbortController();
  #sentEvents = 0;
  #lastError: string | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: TrafficOptions) {
    this.#producer = new EventHubProducerClient(options.connectionString, options.eventHub);
    this.#eventsPerSecond = options.eventsPerSecond;
  }

  get sentEvents(): number {
    return this.#sentEvents;
  }

  /** Why the last batch could not be sent; undefined while sending works. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  start(): void {
    this.#loop ??= this.#run(this.#stopping.signal);
  }

  /** Ends sending and closes the producer; what was being sent is given up. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#producer.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let owed = 0;
    let lastMs = performance.now();
    while (!signal.aborted) {
      const nowMs = performance.now();
      // A round that took long is not caught up with beyond a second: a pause must not end in a burst.
      owed = Math.min(owed + ((nowMs - lastMs) / 1000) * this.#eventsPerSecond, this.#eventsPerSecond);
      lastMs = nowMs;
      try {
        while (owed >= 1 && !signal.aborted) {
          const count = Math.min(batchEvents, Math.floor(owed));
          await this.#sendBatch(count, signal);
          owed -= count;
        }
        this.#lastError = undefined;
        await pause(1000 / roundsPerSecond, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        this.#lastError = reasonOf(thrown);
        await pause(retryPauseMs, signal);
      }
    }
  }

  /** One customer's orders go to one partition in order: that is what a partition key is for. */
  async #sendBatch(count: number, signal: AbortSignal): Promise<void> {
    const customer = `customer-${String(Math.floor(Math.random() * customers))}`;
    const orders = Array.from({ length: count }, () => ({
      body: { customer, item: Math.floor(Math.random() * 1000), placedAt: new Date().toISOString() },
      contentType: 'application/json',
      messageId: randomUUID(),
    }));
    await this.#producer.sendBatch(orders, { partitionKey: customer, abortSignal: signal });
    this.#sentEvents += count;
  }
}

/** Waits, or ends early without an error. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
