// What the engine can be told. The configuration (src/config) fills it; every value is final, in ms, events or bytes.

import type { StartPosition } from './event.ts';

export interface LeaseSettings {
  readonly workerId: string;
  readonly nonce: string;
  /** A lease that was not renewed for so long may be claimed by others. */
  readonly leaseMs: number;
  /** Between two looks at the group at rest; leaseMs is at least three of them. */
  readonly tickMs: number;
  /** Between two looks while something moves. */
  readonly fastTickMs: number;
  /** How long a requester waits for a live owner before it may claim over it. */
  readonly handoverTimeoutMs: number;
}

export type Ordering = 'key' | 'partition' | 'none';

export interface HandlingSettings {
  readonly ordering: Ordering;
  /** Handler calls side by side in this worker. */
  readonly concurrency: number;
  /** Handler calls side by side in one partition. */
  readonly partitionConcurrency: number;
  readonly maxAttempts: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** An attempt that runs longer has its signal aborted; the attempt then counts as failed once the handler returns. */
  readonly attemptTimeoutMs: number;
  readonly onExhausted: 'dead-letter' | 'block' | 'stop';
  /** After `stop`: how long this worker leaves the partition alone. */
  readonly stopHoldMs: number;
}

export interface CheckpointSettings {
  readonly everyEvents: number;
  readonly everyMs: number;
  /** A partition with nothing in flight and nothing received for so long is flushed early. */
  readonly idleMs: number;
}

export interface BudgetSettings {
  readonly maxInFlightEvents: number;
  readonly maxBufferedBytes: number;
}

export interface WatchSettings {
  /** No progress for so long, with lag: the link is renewed. */
  readonly stallTimeoutMs: number;
  /** Between two independent looks at an idle partition's end. */
  readonly probeMs: number;
}

export interface EngineSettings {
  readonly lease: LeaseSettings;
  readonly handling: HandlingSettings;
  readonly checkpoint: CheckpointSettings;
  readonly budget: BudgetSettings;
  readonly watch: WatchSettings;
  readonly start: StartPosition;
  readonly onRecreatedHub: 'reset' | 'stop';
  readonly drainDeadlineMs: number;
}
