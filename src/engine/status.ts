// One snapshot of a worker: the single source of /status, /readyz, the gauges and the progress line.

import type { MemberState } from './leases/records.ts';
import type { Gap } from './partition/gap-watch.ts';
import type { PartitionState } from './partition/state.ts';

export interface PartitionStatus {
  readonly partitionId: string;
  readonly state: PartitionState;
  readonly generation: number;
  /** Last sequence number the broker told of, undefined before the first word. */
  readonly lastEnqueuedSequenceNumber: number | undefined;
  /** Everything up to it is finished; what a flush would write. */
  readonly watermark: number;
  /** What the store holds. */
  readonly checkpoint: number;
  readonly checkpointAgeMs: number;
  readonly inFlightEvents: number;
  readonly bufferedBytes: number;
  /** last enqueued - checkpoint, never below 0. */
  readonly lagEvents: number;
  /** Age of the oldest unfinished event, 0 when there is none. */
  readonly lagMs: number;
  readonly handledEvents: number;
  /** Sequence numbers passed under this lease because no event has them, and the last run of them. */
  readonly gapEvents: number;
  readonly lastGap: Gap | undefined;
  readonly stalled: boolean;
  readonly blocked: boolean;
  readonly oldestRunningMs: number;
}

export interface LeaseStatus {
  readonly partitionId: string;
  readonly ownerId: string;
  readonly generation: number;
  readonly requestedBy: string;
  readonly isLive: boolean;
  /** What the last listing said of the partition's checkpoint, whoever owns it; absent when there is none. */
  readonly checkpoint?: number;
  readonly checkpointAgeMs?: number;
}

export interface MemberStatus {
  readonly workerId: string;
  readonly state: MemberState;
  readonly ageMs: number;
  readonly load: number;
}

export type WorkerState = 'starting' | 'running' | 'draining' | 'stopped' | 'failed';

export interface WorkerStatus {
  readonly workerId: string;
  readonly state: WorkerState;
  readonly partitionsTotal: number;
  readonly partitions: readonly PartitionStatus[];
  readonly leases: readonly LeaseStatus[];
  readonly members: readonly MemberStatus[];
  /** Monotonic age of the last complete look at the group; undefined before the first. */
  readonly lastTickAgeMs: number | undefined;
  /** Whether the coordinator's loop itself is alive: it ticked (well or badly) within its bound. */
  readonly isCoordinatorAlive: boolean;
  readonly inFlightEvents: number;
  readonly bufferedEvents: number;
  readonly bufferedBytes: number;
  /** Set when self-healing is exhausted: only a restart helps. */
  readonly exhausted: string | undefined;
}
