// What the coordinator is given, and what it tells of its last look.

import type { Clock, LeaseStore, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { LeaseSettings } from '../settings.ts';
import type { Decision } from './decide.ts';
import type { Membership } from './membership.ts';
import type { GroupView } from './records.ts';
import type { Tenancies, Tenant } from './tenancy.ts';

export interface CoordinatorOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: LeaseSettings;
  readonly callTimeoutMs: number;
  readonly report: ReportSink;
  readonly membership: Membership;
  /** Shared with the renewal. Only the coordinator adds and removes. */
  readonly tenancies: Tenancies;
  readonly partitionIds: () => readonly string[];
  /** Begins to process a partition under a lease that was just written. */
  readonly beginTenant: (tenancy: { readonly partitionId: string; readonly generation: number }) => Tenant;
  /** A lease was proved ours: the end of trust may lie elsewhere now. */
  readonly proved: () => void;
}

/** One complete look at the group: what was seen, what it means, and when it was complete, by the monotonic clock. */
export interface Look {
  readonly group: GroupView;
  readonly decision: Decision;
  readonly atMs: number;
}
