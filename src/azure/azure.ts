// The room's entry: everything a worker or a command needs of Azure, opened from plain options. Nothing connects before it is
// used.

import type { CheckpointStore, Clock, LeaseStore, Random } from '../engine/ports.ts';
import { BlobContainer } from './blob-container.ts';
import type { StorageRequest } from './blob-container.ts';
import { BlobGroupStore } from './blob-group-store.ts';
import { ClientFactory, namespaceHost } from './credentials.ts';
import type { EventHubAccess, StorageCredentials } from './credentials.ts';
import { DeadLetterStore } from './dead-letter-store.ts';
import { AzureEventSource } from './event-source.ts';
import type { GroupName } from './group-paths.ts';
import type { ReceivePath } from './sdk-connection.ts';

export interface AzureOptions {
  readonly eventHub: EventHubAccess & {
    readonly consumerGroup: string;
    readonly maxBatchSize: number;
    readonly prefetchEvents: number;
  };
  readonly storage: {
    readonly credentials: StorageCredentials;
    readonly checkpointContainer: string;
    readonly deadLetterContainer: string;
  };
  readonly workerId: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of one partition that may be queued on the link; default 16 MiB. */
  readonly prefetchBytes?: number;
  /** One deadline per storage call; default 10 s. */
  readonly storageTimeoutMs?: number;
  readonly onStorageRequest?: (request: StorageRequest) => void;
  /** At each link: who receives its events, this worker ('transfers') or the SDK. */
  readonly onReceivePath?: (path: ReceivePath) => void;
  /** Something odd that stops nothing: one line for a person. */
  readonly onWarning?: (text: string) => void;
}

export interface Azure {
  readonly source: AzureEventSource;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  /** Another container of the same account; `variable` names it in errors. */
  container(name: string, variable: string): BlobContainer;
  /** For setups that may create it; Azure needs more rights for that than for its blobs. */
  createCheckpointContainer(signal: AbortSignal): Promise<void>;
  /** Ends links and connection, with a deadline. */
  close(): Promise<void>;
}

const defaultPrefetchBytes = 16 * 1024 * 1024;
const defaultStorageTimeoutMs = 10_000;

export async function openAzure(options: AzureOptions): Promise<Azure> {
  const { eventHub, storage, clock, random, workerId } = options;
  const clients = await ClientFactory.create({ eventHub, storage: storage.credentials });
  const group: GroupName = {
    namespace: namespaceHost(eventHub.namespace),
    eventHub: eventHub.eventHub,
    consumerGroup: eventHub.consumerGroup,
  };
  const account = clients.storage(storage.credentials);
  const container = (name: string, variable: string): BlobContainer =>
    new BlobContainer({
      client: account.getContainerClient(name),
      clock,
      variable,
      timeoutMs: options.storageTimeoutMs ?? defaultStorageTimeoutMs,
      onRequest: options.onStorageRequest ?? (() => undefined),
    });
  const records = container(storage.checkpointContainer, 'CHECKPOINT_CONTAINER');
  const letters = container(storage.deadLetterContainer, 'DEAD_LETTER_CONTAINER');
  const onWarning = options.onWarning ?? ((): void => undefined);
  const store = new BlobGroupStore({ container: records, group, onWarning });
  const source = new AzureEventSource(
    {
      ...eventHub,
      workerId,
      prefetchBytes: options.prefetchBytes ?? defaultPrefetchBytes,
      onWarning,
      ...(options.onReceivePath === undefined ? {} : { onReceivePath: options.onReceivePath }),
    },
    { clients, clock, random },
  );
  return {
    source,
    leases: store,
    checkpoints: store,
    deadLetters: new DeadLetterStore(letters, group),
    container,
    createCheckpointContainer: (signal) => records.createIfMissing(signal),
    close: () => source.close(),
  };
}

export type AzureSourceOptions = Pick<AzureOptions, 'clock' | 'random'> & {
  readonly eventHub: AzureOptions['eventHub'];
};

/** The event hub alone, for commands that need no storage. */
export async function openAzureSource(options: AzureSourceOptions): Promise<AzureEventSource> {
  const { eventHub, clock, random } = options;
  const clients = await ClientFactory.create({ eventHub });
  const settings = { ...eventHub, workerId: 'eventhub-worker', prefetchBytes: defaultPrefetchBytes };
  return new AzureEventSource(settings, { clients, clock, random });
}
