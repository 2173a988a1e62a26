// Everything the engine tells: one union of typed reports. Telemetry and the operator page subscribe; the engine never
// logs and never counts for others. A subscriber must not throw and must not block.

import type { DeadLetterReason, EventOutcome } from './event-outcome.ts';
import type { PartitionState } from './partition/state.ts';

/** Why a lease came or went. */
export type LeaseChange =
  | 'claimed-free'
  | 'claimed-expired'
  | 'claimed-own'
  | 'claimed-after-timeout'
  | 'received'
  | 'handed-over'
  | 'released'
  | 'lost'
  | 'stopped';

export type FlushTrigger = 'count' | 'time' | 'idle' | 'drain' | 'expired' | 'gap';
export type CheckpointResult = 'written' | 'superseded' | 'fenced' | 'failed';

export type Report =
  | { readonly kind: 'worker.state'; readonly from: string; readonly to: string; readonly why: string }
  | {
      readonly kind: 'tick';
      readonly durationMs: number;
      readonly result: 'ok' | 'failed';
      readonly error?: Error;
    }
  | { readonly kind: 'renewal.failed'; readonly error: Error }
  | { readonly kind: 'members'; readonly workerIds: readonly string[]; readonly foreign: readonly string[] }
  | {
      readonly kind: 'lease';
      readonly partitionId: string;
      readonly change: LeaseChange;
      readonly generation: number;
      readonly why: string;
    }
  | { readonly kind: 'lease.conflict'; readonly partitionId: string; readonly attempted: string }
  | { readonly kind: 'lease.suspended'; readonly partitionId: string; readonly unconfirmedMs: number }
  | { readonly kind: 'lease.resumed'; readonly partitionId: string }
  | {
      readonly kind: 'handover';
      readonly partitionId: string;
      readonly to: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'partition.state';
      readonly partitionId: string;
      readonly from: PartitionState;
      readonly to: PartitionState;
      readonly why: string;
    }
  | { readonly kind: 'partition.fault'; readonly partitionId: string; readonly error: Error }
  | {
      readonly kind: 'partition.stalled';
      readonly partitionId: string;
      readonly stalledMs: number;
      readonly step: 'recycle-link' | 'recycle-client' | 'give-up';
    }
  | {
      readonly kind: 'received';
      readonly partitionId: string;
      readonly events: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'skipped';
      readonly partitionId: string;
      readonly reason: 'done' | 'expired';
      readonly events: number;
    }
  /** Sequence numbers that no event has were passed. `isChecked`: two readings agree; `total`: so far under this lease. */
  | {
      readonly kind: 'gap';
      readonly partitionId: string;
      readonly from: number;
      readonly to: number;
      readonly events: number;
      readonly total: number;
      readonly isChecked: boolean;
    }
  /** Events that finished together (one, or a batch handler's batch); the duration is the last attempt's. The hot path: keep its subscriber cheap. */
  | {
      readonly kind: 'finished';
      readonly partitionId: string;
      readonly outcome: EventOutcome;
      readonly events: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'late-result'; readonly partitionId: string; readonly sequenceNumber: number }
  | {
      readonly kind: 'attempt.failed';
      readonly partitionId: string;
      readonly sequenceNumber: number;
      readonly attempt: number;
      readonly error: unknown;
      readonly retryInMs: number | undefined;
    }
  | {
      readonly kind: 'attempt.slow';
      readonly partitionId: string;
      readonly sequenceNumber: number;
      readonly runningMs: number;
    }
  | {
      readonly kind: 'dead-lettered';
      readonly partitionId: string;
      readonly sequenceNumber: number;
      readonly reason: DeadLetterReason;
      readonly error: string;
    }
  | {
      readonly kind: 'dead-letter.failed';
      readonly partitionId: string;
      readonly sequenceNumber: number;
      readonly error: Error;
    }
  | {
      readonly kind: 'blocked';
      readonly partitionId: string;
      readonly sequenceNumber: number;
      readonly attempts: number;
      readonly error: unknown;
    }
  | {
      readonly kind: 'checkpoint';
      readonly partitionId: string;
      readonly trigger: FlushTrigger;
      readonly result: CheckpointResult;
      readonly sequenceNumber: number;
      /** False: the completed map was cut to what fits; a crash would repeat what lies beyond. */
      readonly isWholeMap: boolean;
      readonly error?: Error;
    }
  | { readonly kind: 'completed-map.unreadable'; readonly partitionId: string; readonly reason: string }
  /** The hub does not take the offset of a position: it is read on from by its sequence number. */
  | {
      readonly kind: 'offset-refused';
      readonly partitionId: string;
      readonly offset: string;
      readonly sequenceNumber: number;
    }
  | {
      readonly kind: 'hub-recreated';
      readonly partitionId: string;
      readonly checkpoint: number;
      readonly last: number;
    }
  /** A step of the start did not succeed yet and is tried again. */
  | { readonly kind: 'start.retry'; readonly operation: string; readonly error: Error }
  /** Something ended for good: the worker, or (with a partition) this worker's part in a partition for a while. */
  | { readonly kind: 'failed'; readonly partitionId?: string; readonly error: Error };

export type ReportSink = (report: Report) => void;
