// An event hub (the emulator as a process), a blob store (Azurite) and workers on them, for one test.

import type { TestContext } from 'node:test';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import type { EventData } from '@azure/event-hubs';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import type { ControlledProcess } from '../../chaos/controlled-process.ts';
import { until } from '../../chaos/until.ts';
import { startAzurite, uniqueContainerName } from '../../support/azurite.ts';
import { startCommand, statusOf } from '../../support/processes.ts';

export const eventHub = 'orders';

/** Ticks and flushes within a second, so that a test need not wait for production's calm. */
const quick = {
  TICK_MS: '1000',
  LEASE_MS: '6000',
  HANDOVER_TIMEOUT_MS: '20000',
  CHECKPOINT_EVERY_MS: '500',
  CHECKPOINT_IDLE_MS: '200',
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: '0',
} as const;

export interface Lease {
  readonly partitionId: string;
  readonly ownerId: string;
}

export class Stack {
  readonly eventHubConnectionString: string;
  readonly storageConnectionString: string;
  readonly #t: TestContext;
  readonly #container: ContainerClient;
  readonly #containers: { readonly checkpoints: string; readonly deadLetters: string };

  private constructor(
    t: TestContext,
    eventHubConnectionString: string,
    storageConnectionString: string,
    containers: { readonly checkpoints: string; readonly deadLetters: string },
  ) {
    this.#t = t;
    this.eventHubConnectionString = eventHubConnectionString;
    this.storageConnectionString = storageConnectionString;
    this.#containers = containers;
    this.#container = BlobServiceClient.fromConnectionString(storageConnectionString).getContainerClient(
      containers.checkpoints,
    );
  }

  static async start(t: TestContext, partitions: number): Promise<Stack> {
    const azurite = await startAzurite();
    t.after(async () => azurite.stop());
    const hub = `${eventHub}:${String(partitions)}`;
    const emulator = await startCommand(t, ['emulator', '--hub', hub, '--port', '0'], {});
    const [, connectionString = ''] = await emulator.logged(/EVENTHUB_CONNECTION_STRING=(\S+)/, 20_000);
    const containers = { checkpoints: uniqueContainerName(), deadLetters: uniqueContainerName() };
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    for (const name of Object.values(containers)) await service.createContainer(name);
    return new Stack(t, connectionString, azurite.connectionString, containers);
  }

  /** What `run` needs; add HANDLER and WORKER_ID. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...quick,
      EVENTHUB_CONNECTION_STRING: this.eventHubConnectionString,
      EVENTHUB_NAME: eventHub,
      STORAGE_CONNECTION_STRING: this.storageConnectionString,
      CHECKPOINT_CONTAINER: this.#containers.checkpoints,
      DEAD_LETTER_CONTAINER: this.#containers.deadLetters,
    };
  }

  /** Starts a worker and settles when it is ready. */
  async worker(environment: Readonly<Record<string, string>>): Promise<ControlledProcess> {
    const process = await startCommand(this.#t, ['run'], { ...this.environment, ...environment });
    const url = await httpUrlOf(process);
    await until('the worker is ready', 30_000, async () => {
      if (!process.isRunning) throw new Error(`The worker ended early:\n${process.log()}`);
      return (await statusOf(`${url}/readyz`)) === 200;
    });
    return process;
  }

  /** Sends events round robin, with ids. */
  async send(count: number, firstId: number): Promise<void> {
    const producer = new EventHubProducerClient(this.eventHubConnectionString, eventHub);
    try {
      const perBatch = 200;
      for (let sent = 0; sent < count; sent += perBatch) {
        const batch: EventData[] = [];
        for (let index = sent; index < Math.min(count, sent + perBatch); index += 1) {
          batch.push({ body: { id: firstId + index } });
        }
        await producer.sendBatch(batch);
      }
    } finally {
      await producer.close();
    }
  }

  /** Last sequence number of each partition; -1 where it is empty. */
  async ends(): Promise<ReadonlyMap<string, number>> {
    const client = new EventHubConsumerClient('$Default', this.eventHubConnectionString, eventHub);
    try {
      const ends = new Map<string, number>();
      for (const partitionId of await client.getPartitionIds()) {
        const { lastEnqueuedSequenceNumber } = await client.getPartitionProperties(partitionId);
        ends.set(partitionId, lastEnqueuedSequenceNumber);
      }
      return ends;
    } finally {
      await client.close();
    }
  }

  /** Sequence number of each stored checkpoint. */
  async checkpoints(): Promise<ReadonlyMap<string, number>> {
    const stored = await this.#metadata('checkpoint');
    return new Map([...stored].map(([id, metadata]) => [id, Number(metadata['sequencenumber'])]));
  }

  async leases(): Promise<readonly Lease[]> {
    const stored = await this.#metadata('ownership');
    return [...stored].map(([partitionId, metadata]) => ({
      partitionId,
      ownerId: metadata['ownerid'] ?? '',
    }));
  }

  /** Settles when every partition that holds events has its last one in the checkpoint. */
  async untilCheckpointed(withinMs: number): Promise<void> {
    const ends = await this.ends();
    await until('every checkpoint is at the end of its partition', withinMs, async () => {
      const checkpoints = await this.checkpoints();
      return [...ends].every(([id, last]) => last < 0 || checkpoints.get(id) === last);
    });
  }

  async #metadata(kind: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const prefix = `127.0.0.1/${eventHub}/$default/${kind}/`;
    const found = new Map<string, Readonly<Record<string, string>>>();
    for await (const blob of this.#container.listBlobsFlat({ prefix, includeMetadata: true })) {
      found.set(blob.name.slice(prefix.length), blob.metadata ?? {});
    }
    return found;
  }
}

/** The worker prints its address once it listens. */
export async function httpUrlOf(process: ControlledProcess): Promise<string> {
  const [, url = ''] = await process.logged(/"http":"(http:[^"]+?)\/?"/, 30_000);
  return url;
}
