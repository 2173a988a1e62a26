// The official BlobCheckpointStore with its gaps closed, for those who use the SDK's own client beside this worker: first
// claims conflict instead of overwriting, a checkpoint never moves backwards (G3), records written by this worker keep
// their generation, and a malformed blob hides nothing but itself. The worker itself uses BlobGroupStore on the same blobs.

import type { Checkpoint, PartitionOwnership } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { WorkerError } from '../engine/errors.ts';
import type { BlobContainer } from './blob-container.ts';
import { groupPrefix, parseRecordPath, recordPath } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';
import { readCheckpoint, readLease } from './group-records.ts';

interface Operation {
  readonly abortSignal?: { readonly aborted: boolean };
}

/** A checkpoint that changes more often than this during one write has another writer at work all the time. */
const maxConflicts = 5;

export class HardenedCheckpointStore extends BlobCheckpointStore {
  readonly #container: BlobContainer;
  readonly #onWarning: (text: string) => void;

  /** `container` wraps `client`: the base class keeps the plain one. */
  constructor(client: ContainerClient, container: BlobContainer, onWarning: (text: string) => void) {
    super(client);
    this.#container = container;
    this.#onWarning = onWarning;
  }

  override async listOwnership(
    namespace: string,
    eventHub: string,
    consumerGroup: string,
    options: Operation = {},
  ): Promise<PartitionOwnership[]> {
    const group = { namespace, eventHub, consumerGroup };
    const { storeTimeMs, blobs } = await this.#container.list(
      `${groupPrefix(group)}ownership/`,
      signalOf(options),
    );
    return blobs.flatMap(({ name, metadata, etag, ageMs }) => {
      const path = parseRecordPath(group, name);
      if (path === undefined) return [];
      return {
        ...foreign(group),
        partitionId: path.id,
        ownerId: readLease(path.id, metadata).ownerId,
        lastModifiedTimeInMs: storeTimeMs - ageMs,
        etag,
      };
    });
  }

  override async claimOwnership(
    ownerships: PartitionOwnership[],
    options: Operation = {},
  ): Promise<PartitionOwnership[]> {
    const claimed: PartitionOwnership[] = [];
    const signal = signalOf(options);
    for (const ownership of ownerships) {
      const path = recordPath(groupOf(ownership), 'ownership', ownership.partitionId);
      const stored = await this.#container.readMetadata(path, signal);
      // The version that is judged is the one the claimant saw: it wrote its etag down when it listed.
      if (stored?.etag !== ownership.etag) continue;
      const generation = stored?.metadata['generation'];
      const result = await this.#container.writeMetadata(
        path,
        { ownerid: ownership.ownerId, ...(generation === undefined ? {} : { generation }) },
        stored?.etag,
        signal,
      );
      if (result.kind === 'conflict') continue;
      claimed.push({ ...ownership, etag: result.etag, lastModifiedTimeInMs: Date.now() });
    }
    return claimed;
  }

  override async listCheckpoints(
    namespace: string,
    eventHub: string,
    consumerGroup: string,
    options: Operation = {},
  ): Promise<Checkpoint[]> {
    const group = { namespace, eventHub, consumerGroup };
    const { blobs } = await this.#container.list(`${groupPrefix(group)}checkpoint/`, signalOf(options));
    return blobs.flatMap(({ name, metadata }) => {
      const path = parseRecordPath(group, name);
      if (path === undefined) return [];
      const reading = readCheckpoint(path.id, metadata);
      if (reading.kind === 'malformed') return this.#leaveOut(name, reading.reason);
      const { sequenceNumber, offset } = reading.value;
      return { ...foreign(group), partitionId: path.id, sequenceNumber, offset };
    });
  }

  /** Keeps the higher of what is stored and what is given. Throws when it could not be told whether it is stored. */
  override async updateCheckpoint(checkpoint: Checkpoint, options: Operation = {}): Promise<void> {
    const { partitionId, sequenceNumber, offset } = checkpoint;
    const path = recordPath(groupOf(checkpoint), 'checkpoint', partitionId);
    const signal = signalOf(options);
    for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
      const stored = await this.#container.readMetadata(path, signal);
      const reading = stored === undefined ? undefined : readCheckpoint(partitionId, stored.metadata);
      if (reading?.kind === 'read' && reading.value.sequenceNumber >= sequenceNumber) return;
      const generation = stored?.metadata['generation'];
      const result = await this.#container.writeMetadata(
        path,
        {
          sequencenumber: String(sequenceNumber),
          offset,
          ...(generation === undefined ? {} : { generation }),
        },
        stored?.etag,
        signal,
      );
      if (result.kind === 'stored') return;
    }
    throw new WorkerError('EHW_STORAGE_FAILED', {
      reason: `the checkpoint of partition ${partitionId} keeps changing: another program writes it`,
    });
  }

  #leaveOut(name: string, reason: string): [] {
    this.#onWarning(`The blob ${name} is left alone: ${reason}.`);
    return [];
  }
}

interface OfGroup {
  readonly fullyQualifiedNamespace: string;
  readonly eventHubName: string;
  readonly consumerGroup: string;
}

function groupOf({ fullyQualifiedNamespace, eventHubName, consumerGroup }: OfGroup): GroupName {
  return { namespace: fullyQualifiedNamespace, eventHub: eventHubName, consumerGroup };
}

function foreign({ namespace, eventHub, consumerGroup }: GroupName): OfGroup {
  return { fullyQualifiedNamespace: namespace, eventHubName: eventHub, consumerGroup };
}

/** The SDK passes its own kind of signal, or none: every call has a deadline anyway. */
function signalOf({ abortSignal }: Operation): AbortSignal {
  return abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
}
