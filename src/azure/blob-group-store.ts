// The engine's leases, members and checkpoints of one consumer group in a blob container. Only carries records: who may write
// what and when is the engine's (leases/, partition/checkpoint-writer.ts).

import { WorkerError } from '../engine/errors.ts';
import type {
  Checkpoint,
  GroupView,
  Lease,
  Member,
  StoredCheckpoint,
  StoredLease,
  StoredMember,
} from '../engine/leases/records.ts';
import type { CheckpointStore, LeaseStore, WriteResult } from '../engine/ports.ts';
import type { BlobContainer, FoundBlob } from './blob-container.ts';
import { groupPrefix, parseRecordPath, recordPath } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';
import {
  checkpointMetadata,
  leaseMetadata,
  memberMetadata,
  readCheckpoint,
  readGeneration,
  readLease,
  readMember,
} from './group-records.ts';
import type { Reading } from './group-records.ts';

export interface BlobGroupStoreOptions {
  readonly container: BlobContainer;
  readonly group: GroupName;
  /** A blob was left out of a view; told once per blob. */
  readonly onWarning: (text: string) => void;
}

/** Blobs warned of are remembered up to this many, then forgotten: the warnings come again. */
const maxRemembered = 1000;

export class BlobGroupStore implements LeaseStore, CheckpointStore {
  readonly #container: BlobContainer;
  readonly #group: GroupName;
  readonly #onWarning: (text: string) => void;
  readonly #warned = new Set<string>();

  constructor({ container, group, onWarning }: BlobGroupStoreOptions) {
    this.#container = container;
    this.#group = group;
    this.#onWarning = onWarning;
  }

  async readGroup(signal: AbortSignal): Promise<GroupView> {
    const { storeTimeMs, blobs } = await this.#container.list(groupPrefix(this.#group), signal);
    const leases: StoredLease[] = [];
    const members: StoredMember[] = [];
    const checkpoints: StoredCheckpoint[] = [];
    for (const blob of blobs) {
      const path = parseRecordPath(this.#group, blob.name);
      const { warning } = readGeneration(blob.metadata);
      if (warning !== undefined) this.#tellOnce(blob.name, `The blob ${blob.name} was changed: ${warning}.`);
      switch (path?.kind) {
        case 'ownership':
          leases.push({ ...readLease(path.id, blob.metadata), etag: blob.etag, ageMs: blob.ageMs });
          break;
        case 'member':
          this.#keep(blob, readMember(path.id, blob.metadata), members);
          break;
        case 'checkpoint':
          this.#keep(blob, readCheckpoint(path.id, blob.metadata), checkpoints);
          break;
        case undefined:
          this.#warn(blob.name, 'it is no record of a consumer group');
          break;
      }
    }
    return { storeTimeMs, leases, members, checkpoints };
  }

  writeLease(lease: Lease, ifMatch: string | undefined, signal: AbortSignal): Promise<WriteResult> {
    const path = recordPath(this.#group, 'ownership', lease.partitionId);
    return this.#container.writeMetadata(path, leaseMetadata(lease), ifMatch, signal);
  }

  writeMember(member: Member, ifMatch: string | undefined, signal: AbortSignal): Promise<WriteResult> {
    const path = recordPath(this.#group, 'member', member.workerId);
    return this.#container.writeMetadata(path, memberMetadata(member), ifMatch, signal);
  }

  removeMember(workerId: string, ifMatch: string, signal: AbortSignal): Promise<void> {
    return this.#container.remove(recordPath(this.#group, 'member', workerId), ifMatch, signal);
  }

  /** Throws EHW_RECORD_INVALID where readGroup() leaves a blob out: beginning as if there were none would skip or repeat. */
  async readCheckpoint(partitionId: string, signal: AbortSignal): Promise<StoredCheckpoint | undefined> {
    const path = recordPath(this.#group, 'checkpoint', partitionId);
    const blob = await this.#container.readMetadata(path, signal);
    if (blob === undefined) return undefined;
    const reading = readCheckpoint(partitionId, blob.metadata);
    if (reading.kind === 'malformed') {
      throw new WorkerError('EHW_RECORD_INVALID', { blob: path, reason: reading.reason });
    }
    return { ...reading.value, etag: blob.etag, ageMs: blob.ageMs };
  }

  writeCheckpoint(
    checkpoint: Checkpoint,
    ifMatch: string | undefined,
    signal: AbortSignal,
  ): Promise<WriteResult> {
    const path = recordPath(this.#group, 'checkpoint', checkpoint.partitionId);
    return this.#container.writeMetadata(path, checkpointMetadata(checkpoint), ifMatch, signal);
  }

  #keep<Value>(
    blob: FoundBlob,
    reading: Reading<Value>,
    into: (Value & { readonly etag: string; readonly ageMs: number })[],
  ): void {
    if (reading.kind === 'malformed') return this.#warn(blob.name, reading.reason);
    into.push({ ...reading.value, etag: blob.etag, ageMs: blob.ageMs });
  }

  #warn(name: string, reason: string): void {
    this.#tellOnce(name, `The blob ${name} is left alone: ${reason}.`);
  }

  #tellOnce(name: string, text: string): void {
    if (this.#warned.has(name)) return;
    if (this.#warned.size >= maxRemembered) this.#warned.clear();
    this.#warned.add(name);
    this.#onWarning(text);
  }
}
