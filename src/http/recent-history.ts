// What the operator page needs to know of the past. Telemetry keeps it and hands it over as these shapes.

export interface LagPoint {
  readonly atMs: number;
  readonly lagEvents: number;
}

export interface LeaseChangeEntry {
  readonly atMs: number;
  readonly partitionId: string;
  readonly change: string;
  readonly generation: number;
  readonly why: string;
}

export interface DeadLetterEntry {
  readonly atMs: number;
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly reason: string;
  readonly error: string;
}

export interface RecentHistory {
  /** Newest first. */
  leaseChanges(): readonly LeaseChangeEntry[];
  /** Newest first. */
  deadLetters(): readonly DeadLetterEntry[];
  /** Oldest first, the last 15 minutes; empty for a partition that was not here. */
  lagOf(partitionId: string): readonly LagPoint[];
}
