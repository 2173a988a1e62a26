// A consumer group's records in memory: the lease and checkpoint stores of one test run, with honest etags.

import type {
  Checkpoint,
  GroupView,
  Lease,
  Member,
  StoredCheckpoint,
  StoredLease,
  StoredMember,
} from '../engine/leases/records.ts';
import type { CheckpointStore, Clock, LeaseStore, WriteResult } from '../engine/ports.ts';

class Records<Value> {
  readonly #clock: Clock;
  readonly #records = new Map<string, { value: Value; etag: string; writtenMs: number }>();
  #writes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(id: string, value: Value, ifMatch: string | undefined): WriteResult {
    if (this.#records.get(id)?.etag !== ifMatch) return { kind: 'conflict' };
    this.#writes += 1;
    const etag = String(this.#writes);
    this.#records.set(id, { value, etag, writtenMs: this.#clock.monotonicMs() });
    return { kind: 'stored', etag };
  }

  remove(id: string, ifMatch: string): void {
    if (this.#records.get(id)?.etag === ifMatch) this.#records.delete(id);
  }

  read(id: string): (Value & { readonly etag: string; readonly ageMs: number }) | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    return { ...record.value, etag: record.etag, ageMs: this.#clock.monotonicMs() - record.writtenMs };
  }

  all(): readonly (Value & { readonly etag: string; readonly ageMs: number })[] {
    return [...this.#records.keys()].flatMap((id) => this.read(id) ?? []);
  }
}

export class MemoryGroup implements LeaseStore, CheckpointStore {
  readonly #clock: Clock;
  readonly #leases: Records<Lease>;
  readonly #members: Records<Member>;
  readonly #checkpoints: Records<Checkpoint>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#leases = new Records(clock);
    this.#members = new Records(clock);
    this.#checkpoints = new Records(clock);
  }

  async readGroup(): Promise<GroupView> {
    const leases: readonly StoredLease[] = this.#leases.all();
    const members: readonly StoredMember[] = this.#members.all();
    const checkpoints: readonly StoredCheckpoint[] = this.#checkpoints.all();
    return { storeTimeMs: this.#clock.nowMs(), leases, members, checkpoints };
  }

  async writeLease(lease: Lease, ifMatch: string | undefined): Promise<WriteResult> {
    return this.#leases.write(lease.partitionId, lease, ifMatch);
  }

  async writeMember(member: Member, ifMatch: string | undefined): Promise<WriteResult> {
    return this.#members.write(member.workerId, member, ifMatch);
  }

  async removeMember(workerId: string, ifMatch: string): Promise<void> {
    this.#members.remove(workerId, ifMatch);
  }

  async readCheckpoint(partitionId: string): Promise<StoredCheckpoint | undefined> {
    return this.#checkpoints.read(partitionId);
  }

  async writeCheckpoint(checkpoint: Checkpoint, ifMatch: string | undefined): Promise<WriteResult> {
    return this.#checkpoints.write(checkpoint.partitionId, checkpoint, ifMatch);
  }
}
