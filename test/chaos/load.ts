// The traffic of a run: a steady rate of keyed events on every partition, sent straight to the emulator, where nothing
// is injected: what it reports as sent is in the hub exactly once.
import { setTimeout as delay } from 'node:timers/promises';
import { EventHubProducerClient } from '@azure/event-hubs';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface LoadOptions {
  readonly connectionString: string;
  readonly eventHub: string;
  readonly partitionIds: readonly string[];
  readonly eventsPerSecond: number;
  readonly keysPerPartition: number;
  readonly random: SeededRandom;
}

/** One send per partition and round; a round this long keeps the number of sends small. */
const roundMs = 250;

export class Load {
  readonly #options: LoadOptions;
  readonly #producer: EventHubProducerClient;
  readonly #running: Promise<void>;
  #isStopping = false;
  #sent = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#producer = new EventHubProducerClient(options.connectionString, options.eventHub);
    this.#running = this.#run();
    // Told by stop(); until then a failure must not end the process.
    this.#running.catch(() => undefined);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Ends after the round that runs; rejects when a send failed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    try {
      await this.#running;
    } finally {
      await this.#producer.close();
    }
  }

  async #run(): Promise<void> {
    const startedMs = performance.now();
    let planned = 0;
    while (!this.#isStopping) {
      const due = ((performance.now() - startedMs) / 1000) * this.#options.eventsPerSecond;
      const counts = new Map<string, number>();
      // Round robin over the partitions, so that each gets its share even at low rates.
      for (; planned < due; planned += 1) {
        const partitionId = this.#options.partitionIds[planned % this.#options.partitionIds.length] ?? '0';
        counts.set(partitionId, (counts.get(partitionId) ?? 0) + 1);
      }
      await Promise.all([...counts].map(([partitionId, count]) => this.#send(partitionId, count)));
      await delay(roundMs);
    }
  }

  async #send(partitionId: string, count: number): Promise<void> {
    const { keysPerPartition, random } = this.#options;
    const events = Array.from({ length: count }, (_, index) => ({
      body: { partitionId, index },
      messageId: `${partitionId}-${this.#sent + index}`,
      properties: { key: `${partitionId}-${Math.floor(random.next() * keysPerPartition)}` },
    }));
    await this.#producer.sendBatch(events, { partitionId });
    this.#sent += count;
  }
}
