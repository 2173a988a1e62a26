// Giving a partition up in order: drain, flush, and only then one conditional write that names the next owner.
// Written the other way round, the next owner would start beside our running handlers and before our last checkpoint.

import type { Clock, WriteResult } from '../ports.ts';
import { sleep } from '../waiting.ts';
import type { Lease } from './records.ts';
import type { Tenancy } from './tenancy.ts';

export interface YieldingOptions {
  readonly clock: Clock;
  readonly retryMs: number;
  /** False once the tenancy ended otherwise (lost, abandoned). */
  readonly isHeld: () => boolean;
  readonly write: (lease: Lease, ifMatch: string) => Promise<WriteResult>;
  /** Asks for a fresh listing: it brings the record's present etag and requester into the tenancy. */
  readonly lookSoon: () => void;
}

export interface YieldEnd {
  readonly to: string;
  readonly durationMs: number;
}

/** Settles when the lease was passed on, or with undefined when it was lost on the way. Tries for as long as it is held. */
export async function yieldTenancy(
  tenancy: Tenancy,
  options: YieldingOptions,
): Promise<YieldEnd | undefined> {
  const startedMs = options.clock.monotonicMs();
  if (!(await tenancy.tenant.drain())) return undefined;
  while (options.isHeld()) {
    const to = tenancy.yieldingTo ?? '';
    const { lease, etag } = tenancy;
    const next: Lease = {
      partitionId: lease.partitionId,
      ownerId: to,
      generation: to === '' ? lease.generation : lease.generation + 1,
      requestedBy: '',
    };
    tenancy.passedOn = next;
    const result = await options.write(next, etag).catch(() => undefined);
    if (result?.kind === 'stored') return { to, durationMs: options.clock.monotonicMs() - startedMs };
    options.lookSoon();
    await sleep(options.clock, options.retryMs);
  }
  return undefined;
}
