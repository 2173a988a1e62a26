// One lease held by this process: the record as last seen, and the tenant that works under it.

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
  isSuspended = false;

  constructor(lease: Lease, etag: string, writtenAtMs: number, tenant: Tenant) {
    this.lease = lease;
    this.etag = etag;
    this.writtenAtMs = writtenAtMs;
    this.tenant = tenant;
  }
}
