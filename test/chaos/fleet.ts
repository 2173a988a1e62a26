// A whole system of real processes: emulator, Azurite, worker slots behind their proxies, traffic; and its history so far.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { HistoryReader } from '../support/history-file.ts';
import { checkHistory, summarize } from '../support/history-checks.ts';
import type { Finding } from '../support/finding.ts';
import type { HistorySummary } from '../support/history-checks.ts';
import { Chronicle } from '../support/history.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { eventHubThrough } from './connection-strings.ts';
import { EmulatorProcess } from './emulator-process.ts';
import { Load } from './load.ts';
import { runHistory } from './run-history.ts';
import { StoreLog } from './store-log.ts';
import { until } from './until.ts';
import { WorkerSlot } from './worker-slot.ts';

export interface FleetOptions {
  readonly partitions: number;
  readonly workers: number;
  readonly seed: number;
  /** Given to every worker besides what connects it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly throughputUnits?: number;
}

export interface LoadRate {
  readonly eventsPerSecond: number;
  readonly keysPerPartition: number;
}

const eventHub = 'orders';
const container = 'checkpoints';

export class Fleet {
  readonly folder: string;
  readonly slots: readonly WorkerSlot[];
  readonly emulator: EmulatorProcess;
  readonly storeLog: StoreLog;
  readonly partitionIds: readonly string[];
  readonly random: SeededRandom;
  readonly #reader: HistoryReader;
  readonly #azurite: Azurite;
  /** A run that dies must not leave its processes behind. */
  readonly #killOnExit = (): void => {
    for (const { process } of [...this.slots, this.emulator]) process?.kill();
  };

  private constructor(parts: {
    readonly folder: string;
    readonly slots: readonly WorkerSlot[];
    readonly emulator: EmulatorProcess;
    readonly storeLog: StoreLog;
    readonly partitions: number;
    readonly random: SeededRandom;
    readonly reader: HistoryReader;
    readonly azurite: Azurite;
  }) {
    this.folder = parts.folder;
    this.slots = parts.slots;
    this.emulator = parts.emulator;
    this.storeLog = parts.storeLog;
    this.partitionIds = Array.from({ length: parts.partitions }, (_, index) => String(index));
    this.random = parts.random;
    this.#reader = parts.reader;
    this.#azurite = parts.azurite;
    process.once('exit', this.#killOnExit);
  }

  /** Everything but the workers' processes and the traffic runs when it settles. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const folder = mkdtempSync(join(tmpdir(), 'eventhub-worker-chaos-'));
    const random = new SeededRandom(options.seed);
    const reader = new HistoryReader();
    const storeLog = new StoreLog();
    const [azurite, emulator] = await Promise.all([
      startAzurite(),
      EmulatorProcess.start({
        hub: eventHub,
        partitions: options.partitions,
        logPath: join(folder, 'emulator.log'),
        ...(options.throughputUnits === undefined ? {} : { throughputUnits: options.throughputUnits }),
      }),
    ]);
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    await service.getContainerClient(container).create();
    await service.getContainerClient('dead-letters').create();
    const slots = await Promise.all(
      Array.from({ length: options.workers }, (_, index) =>
        WorkerSlot.open({
          workerId: `worker-${index + 1}`,
          emulatorPort: emulator.port,
          azuritePort: azurite.port,
          storageConnectionString: azurite.connectionString,
          environment: { EVENTHUB_NAME: eventHub, CHECKPOINT_CONTAINER: container, ...options.environment },
          folder,
          reader,
          storeLog,
          random: bound(random.fork(`storage ${index}`)),
        }),
      ),
    );
    const { partitions } = options;
    return new Fleet({ folder, slots, emulator, storeLog, partitions, random, reader, azurite });
  }

  /** For producers: straight to the emulator. */
  get eventHubConnectionString(): string {
    return eventHubThrough(this.emulator.port);
  }

  startLoad(rate: LoadRate): Load {
    return new Load({
      ...rate,
      connectionString: this.eventHubConnectionString,
      eventHub,
      partitionIds: this.partitionIds,
      random: this.random.fork('load'),
    });
  }

  slot(index: number): WorkerSlot {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`The fleet has no slot ${index}.`);
    return slot;
  }

  /** Handler records of all processes up to now. */
  records(): HistoryReader['records'] {
    this.#reader.poll();
    return this.#reader.records;
  }

  /** Partitions owned by each of these workers by the store's word. */
  ownedBy(workerIds: readonly string[]): readonly number[] {
    const owners = [...this.storeLog.owners().values()];
    return workerIds.map((workerId) => owners.filter((owner) => owner === workerId).length);
  }

  /** Settles when these workers own everything in shares that differ by at most one. */
  async balanced(workerIds: readonly string[], withinMs: number): Promise<void> {
    await until(`${workerIds.join(', ')} own equal shares of all partitions`, withinMs, () => {
      const counts = this.ownedBy(workerIds);
      const owned = counts.reduce((sum, count) => sum + count, 0);
      return owned === this.partitionIds.length && Math.max(...counts) - Math.min(...counts) <= 1;
    });
  }

  /** Number of events in each partition, by the emulator's word. */
  async sentPerPartition(): Promise<ReadonlyMap<string, number>> {
    const partitions = await this.emulator.partitions();
    return new Map(partitions.map(({ id, lastSequenceNumber }) => [id, lastSequenceNumber + 1]));
  }

  /** Settles when every stored checkpoint is at its partition's end: nothing is left to handle or to flush. */
  async drained(withinMs: number): Promise<void> {
    await until('all checkpoints are at the end of their partitions', withinMs, async () => {
      const stored = new Map(this.storeLog.checkpoints.map((write) => [write.partitionId, write]));
      const sent = await this.sentPerPartition();
      return [...sent].every(([id, count]) => count === 0 || stored.get(id)?.sequenceNumber === count - 1);
    });
  }

  /** Judges everything that happened up to now. */
  async judge(limits: {
    readonly leaseMs: number;
    readonly handoverTimeoutMs: number;
  }): Promise<{ readonly summary: HistorySummary; readonly findings: readonly Finding[] }> {
    const { leases, checkpoints, members, looks } = this.storeLog;
    const sentPerPartition = await this.sentPerPartition();
    const processes = this.slots.flatMap((slot) => slot.entries);
    const pieces = {
      sentPerPartition,
      records: this.records(),
      leases,
      checkpoints,
      members,
      looks,
      processes,
    };
    // For a person who has to find out what happened: the handler runs are in the workers' own files.
    writeFileSync(
      join(this.folder, 'store.jsonl'),
      [...leases, ...checkpoints, ...members, ...processes]
        .toSorted((a, b) => a.atMs - b.atMs)
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
    );
    const chronicle = new Chronicle(runHistory(pieces));
    // The store tells time in whole seconds.
    const findings = checkHistory(chronicle, { ...limits, toleranceMs: 1500, foreign: new Set() });
    return { summary: summarize(chronicle, findings), findings };
  }

  async close(): Promise<void> {
    await Promise.all(this.slots.map((slot) => slot.close()));
    this.#reader.close();
    await this.emulator.stop();
    await this.#azurite.stop();
    process.removeListener('exit', this.#killOnExit);
  }
}

function bound(random: SeededRandom): () => number {
  return () => random.next();
}
