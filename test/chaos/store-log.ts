// What the store was told, in its own order: every committed write of a lease, a checkpoint and a member, as seen by
// the storage proxy. The judge of ownership, because no worker's own word is needed.
import type { ProcessId } from '../support/history.ts';
import type { StorageExchange } from './storage-proxy.ts';

export interface LeaseWrite {
  readonly atMs: number;
  /** Who wrote it. */
  readonly process: ProcessId;
  readonly partitionId: string;
  /** "" when the lease was freed. */
  readonly ownerId: string;
  readonly generation: number;
  readonly requestedBy: string;
}

export interface CheckpointWrite {
  readonly atMs: number;
  readonly process: ProcessId;
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly generation: number;
  /** Encoded completed map. */
  readonly completed: string;
  readonly etag: string;
}

export interface MemberWrite {
  readonly atMs: number;
  readonly workerId: string;
  /** `gone`: the record was deleted. */
  readonly state: string;
}

/** A process listed the group: its decisions rest on what the store held then. */
export interface Look {
  readonly atMs: number;
  readonly process: ProcessId;
}

const recordPath = /\/(ownership|checkpoint|member)\/([^/]+)$/;

export class StoreLog {
  readonly leases: LeaseWrite[] = [];
  readonly checkpoints: CheckpointWrite[] = [];
  readonly members: MemberWrite[] = [];
  readonly looks: Look[] = [];

  /** Takes an exchange of that process; everything but a committed write of a record is ignored. */
  add(exchange: StorageExchange, process: ProcessId = 'unknown'): void {
    if (exchange.status < 200 || exchange.status > 299) return;
    const { atMs, metadata, operation } = exchange;
    if (operation === 'ListBlobs') this.looks.push({ atMs, process });
    const match = recordPath.exec(exchange.path);
    const [, kind, id] = match ?? [];
    if (kind === undefined || id === undefined) return;
    if (operation === 'DeleteBlob') {
      if (kind === 'member') this.members.push({ atMs, workerId: id, state: 'gone' });
      return;
    }
    if (operation !== 'SetBlobMetadata' && operation !== 'PutBlob') return;
    if (kind === 'member') this.members.push({ atMs, workerId: id, state: metadata['state'] ?? '' });
    if (kind === 'ownership' && metadata['ownerid'] !== undefined) {
      this.leases.push({
        atMs,
        process,
        partitionId: id,
        ownerId: metadata['ownerid'],
        generation: Number(metadata['generation'] ?? 0),
        requestedBy: metadata['requestedby'] ?? '',
      });
    }
    if (kind === 'checkpoint' && metadata['sequencenumber'] !== undefined) {
      this.checkpoints.push({
        atMs,
        process,
        partitionId: id,
        sequenceNumber: Number(metadata['sequencenumber']),
        generation: Number(metadata['generation'] ?? 0),
        completed: metadata['completed'] ?? '',
        etag: exchange.etag ?? '',
      });
    }
  }

  /** Owner of each partition that was ever leased, as the store holds it now. */
  owners(): ReadonlyMap<string, string> {
    return new Map(this.leases.map((write) => [write.partitionId, write.ownerId]));
  }

  /** Writes that gave a partition to another owner than before (freeing is none), since `sinceMs`. */
  moves(sinceMs: number): LeaseWrite[] {
    const owners = new Map<string, string>();
    return this.leases.filter((write) => {
      const former = owners.get(write.partitionId);
      if (write.ownerId === '') return false;
      owners.set(write.partitionId, write.ownerId);
      return former !== write.ownerId && write.atMs >= sinceMs;
    });
  }
}
