// Everything the engine needs of the world. Adapters (src/azure) and the simulation (test/simulation) implement it.

import type { DeadLetterReason } from './event-outcome.ts';
import type { HandlerLog } from './handling/handler.ts';
import type { ReplayReader } from './handling/replays.ts';
import type { ReportSink } from './reports.ts';
import type { PartitionProperties, Position, ReceivedEvent } from './event.ts';
import type { Checkpoint, GroupView, Lease, Member, StoredCheckpoint } from './leases/records.ts';

/** Time. `nowMs` is wall time for people; every decision uses `monotonicMs`. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /**
   * Calls back once after `delayMs`; the returned function cancels it. 0: in the next turn of the event loop, when timers and
   * sockets have had theirs.
   */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Chance: uniform in [0, 1). */
export interface Random {
  next(): number;
}

/**
 * Outcome of a conditional write. `conflict`: the record changed or exists already; read it again before deciding.
 * A write that was committed although the answer got lost shows up as a conflict with one's own record on the next try.
 */
export type WriteResult = { readonly kind: 'stored'; readonly etag: string } | { readonly kind: 'conflict' };

/**
 * Lease and member records with compare-and-set. `ifMatch` undefined creates the record and conflicts when it exists.
 * Every call ends by its own deadline and throws WorkerError (EHW_STORAGE_*, EHW_TIMED_OUT) otherwise.
 */
export interface LeaseStore {
  /** One listing: leases, members and checkpoints of the group, with ages by the store's clock. */
  readGroup(signal: AbortSignal): Promise<GroupView>;
  writeLease(lease: Lease, ifMatch: string | undefined, signal: AbortSignal): Promise<WriteResult>;
  writeMember(member: Member, ifMatch: string | undefined, signal: AbortSignal): Promise<WriteResult>;
  /** Removes the record if it is still the one named; a missing or changed record is no error. */
  removeMember(workerId: string, ifMatch: string, signal: AbortSignal): Promise<void>;
}

/** Checkpoint records with compare-and-set; the rules (monotone, fenced) are partition/checkpoint-writer.ts. */
export interface CheckpointStore {
  readCheckpoint(partitionId: string, signal: AbortSignal): Promise<StoredCheckpoint | undefined>;
  writeCheckpoint(
    checkpoint: Checkpoint,
    ifMatch: string | undefined,
    signal: AbortSignal,
  ): Promise<WriteResult>;
}

/** What the link hands over. An empty batch is a heartbeat: the link lives and has nothing. */
export interface ReceivedBatch {
  readonly events: readonly ReceivedEvent[];
  /** The partition's end as the broker told it with these events; undefined when it did not say. */
  readonly end: { readonly sequenceNumber: number; readonly enqueuedAtMs: number } | undefined;
}

export type LinkEnd =
  /** The broker gave the partition to a link with a higher generation. */
  | { readonly kind: 'fenced' }
  /** The position given does not exist (re-created hub). */
  | { readonly kind: 'invalid-position' }
  /** The offset given is of a form that the hub does not take (its geo-replication changed); a sequence number it does. */
  | { readonly kind: 'offset-refused' }
  /** The link ended by itself although nobody closed it; the partition must be opened again. */
  | { readonly kind: 'died'; readonly error: Error };

/** What a partition's owner does with its link. The source calls one method at a time and awaits `receive`. */
export interface LinkListener {
  /** Takes a batch; the next one is not delivered before this settles. Never rejects. */
  receive(batch: ReceivedBatch): Promise<void>;
  /** A fault that the source itself is healing with back-off. */
  fault(error: Error): void;
  /** The link is over; called at most once, and never after close(). */
  ended(end: LinkEnd): void;
}

export interface LinkOptions {
  readonly partitionId: string;
  /** The lease's generation, given to the broker as owner level: a lower one is refused from then on. */
  readonly generation: number;
  /** Begin after this position, or with the first event enqueued at or after a time. */
  readonly start: Position | { readonly enqueuedAfterMs: number };
}

export interface Link {
  /** Stops delivery at once; settles when the link is gone or after the adapter's deadline. Never rejects. */
  close(): Promise<void>;
}

/** The event hub. */
export interface EventSource {
  open(options: LinkOptions, listener: LinkListener): Link;
  partitionIds(signal: AbortSignal): Promise<readonly string[]>;
  partitionProperties(partitionId: string, signal: AbortSignal): Promise<PartitionProperties>;
  /** Throws the connection away and makes a new one: the watchdog's second step. Open links end with `died`. */
  recycle(): Promise<void>;
}

/** An event that will not be handled, with everything needed to understand and to replay it. */
export interface DeadLetter {
  readonly partitionId: string;
  readonly event: ReceivedEvent;
  readonly reason: DeadLetterReason;
  readonly error: string;
  readonly attempts: number;
  readonly deadLetteredAtMs: number;
  readonly workerId: string;
}

export interface DeadLetterSink {
  /** Settles when the letter is durable. Writing the same position again replaces the same letter (a crash may repeat it). */
  put(letter: DeadLetter, signal: AbortSignal): Promise<void>;
}

/** All of it, as one object. */
export interface EnginePorts {
  readonly source: EventSource;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterSink;
  /** Default: no event is believed to be a replay. */
  readonly replays?: ReplayReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: ReportSink;
  /** The log a handler gets; one per partition. */
  readonly handlerLog: (partitionId: string) => HandlerLog;
}
