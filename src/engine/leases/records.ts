// The records of one consumer group in the store, as every worker reads them: leases, members and checkpoints.

/** The right to one partition. `ownerId` is "" when it is free. */
export interface Lease {
  readonly partitionId: string;
  readonly ownerId: string;
  /** Grows with each acquisition; also the AMQP owner level. 0 where a foreign SDK wrote the record. */
  readonly generation: number;
  /** The worker that asked the owner for this partition; "" when nobody did. */
  readonly requestedBy: string;
}

export interface StoredLease extends Lease {
  readonly etag: string;
  /** Time since the record was last written, by the store's own clock. */
  readonly ageMs: number;
}

export type MemberState = 'joining' | 'active' | 'leaving';

/** A live worker as others see it. */
export interface Member {
  readonly workerId: string;
  /** Tells two processes with one worker id apart. */
  readonly nonce: string;
  readonly state: MemberState;
  /** Events waiting or running in that worker; informative. */
  readonly load: number;
  /** How long it may go without a renewal: others judge it by this, never by their own setting. Absent in older records. */
  readonly leaseMs?: number;
}

export interface StoredMember extends Member {
  readonly etag: string;
  readonly ageMs: number;
}

/**
 * What is known to be finished in a partition: everything up to `position`, and above it what `completed` says.
 * `generation` names the lease under which it was written: the store's fence against a stale owner.
 */
export interface Checkpoint {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly offset: string;
  /** When the event at the position was enqueued, where known. Lets `lag` tell seconds without reading an event. */
  readonly enqueuedAtMs?: number;
  readonly generation: number;
  /** Encoded completed map (partition/completed-map.ts), "" when nothing is finished above the watermark. */
  readonly completed: string;
}

export interface StoredCheckpoint extends Checkpoint {
  readonly etag: string;
  readonly ageMs: number;
}

/** One listing of the group. `storeTimeMs` is the Date of the store's answer: ages are computed from it alone. */
export interface GroupView {
  readonly storeTimeMs: number;
  readonly leases: readonly StoredLease[];
  readonly members: readonly StoredMember[];
  readonly checkpoints: readonly StoredCheckpoint[];
}
