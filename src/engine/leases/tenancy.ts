// The leases held by this process: each the record as last seen, and the tenant that works under it.

import type { Clock } from '../ports.ts';
import { sleep } from '../waiting.ts';
import type { Lease } from './records.ts';

/** What the coordinator can tell the one who processes a partition. */
export interface Tenant {
  /** No new events; finish what runs; make the last checkpoint durable. False when the lease was lost meanwhile. */
  drain(): Promise<boolean>;
  /** The lease is not provably ours for now. */
  suspend(unconfirmedMs: number): void;
  /** The lease was confirmed again and nobody had it in between. */
  resume(): void;
  /** The lease is somebody else's. */
  lose(why: string): void;
  /** No handler starts any more; write down what is finished, without waiting for what runs. False when it failed. */
  flush(): Promise<boolean>;
  /** Lets go of link and memory; settles when nothing is left. */
  close(): Promise<void>;
}

export class Tenancy {
  readonly tenant: Tenant;
  /** The record as this process last wrote or read it; etag and requestedBy follow the listings. */
  lease: Lease;
  etag: string;
  /** When the record was last written by us, by the monotonic clock. */
  writtenAtMs: number;
  /** Set from the moment the partition is being given up: to whom, "" for nobody. */
  yieldingTo: string | undefined;
  /** The record that passes the lease on, from the moment it is sent: it may be seen in a listing before its answer. */
  passedOn: Lease | undefined;
  isSuspended = false;

  constructor(lease: Lease, etag: string, writtenAtMs: number, tenant: Tenant) {
    this.lease = lease;
    this.etag = etag;
    this.writtenAtMs = writtenAtMs;
    this.tenant = tenant;
  }

  isPassedOnAs(lease: Lease): boolean {
    return this.passedOn?.ownerId === lease.ownerId && this.passedOn.generation === lease.generation;
  }
}

/** Everything this process holds, by partition. The coordinator adds and removes; the renewal and the worker look. */
export class Tenancies {
  readonly #byPartition = new Map<string, Tenancy>();
  #emptied: () => void = () => {};

  get size(): number {
    return this.#byPartition.size;
  }

  get(partitionId: string): Tenancy | undefined {
    return this.#byPartition.get(partitionId);
  }

  /** A copy: it stays whole while tenancies come and go. */
  all(): readonly Tenancy[] {
    return [...this.#byPartition.values()];
  }

  generations(): ReadonlyMap<string, number> {
    return new Map(this.all().map(({ lease }) => [lease.partitionId, lease.generation]));
  }

  add(tenancy: Tenancy): void {
    this.#byPartition.set(tenancy.lease.partitionId, tenancy);
  }

  remove(tenancy: Tenancy): void {
    this.#byPartition.delete(tenancy.lease.partitionId);
    if (this.#byPartition.size === 0) this.#emptied();
  }

  /** Settles when nothing is held, after `withinMs`, or when the signal is aborted. */
  async whenEmpty(clock: Clock, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.#byPartition.size === 0) return;
    const done = new AbortController();
    this.#emptied = () => done.abort();
    await sleep(clock, withinMs, AbortSignal.any([signal, done.signal]));
  }
}
