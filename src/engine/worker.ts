// The worker: coordinator (leases) and partition processors (events) under one start, drain and stop.

import type { CheckpointStore, Clock, DeadLetterSink, EventSource, LeaseStore, Random } from './ports.ts';
import type { Handler, HandlerLog } from './handling/handler.ts';
import type { EngineSettings } from './settings.ts';
import type { ReportSink } from './reports.ts';
import type { WorkerStatus } from './status.ts';

export interface EnginePorts {
  readonly source: EventSource;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: ReportSink;
  /** The log a handler gets; one per partition. */
  readonly handlerLog: (partitionId: string) => HandlerLog;
}

export interface WorkerOptions {
  readonly ports: EnginePorts;
  readonly handler: Handler;
  readonly settings: EngineSettings;
}

/** How a drain or stop ended. `unflushed`: partitions whose last checkpoint could not be written in time. */
export interface WorkerEnd {
  readonly isClean: boolean;
  readonly unflushedPartitions: readonly string[];
  readonly unreleasedPartitions: readonly string[];
}

export declare class Worker {
  constructor(options: WorkerOptions);
  /** Registers as member and takes part; settles after the first complete look at the group. Rejects on what no retry cures. */
  start(): Promise<void>;
  /** Leaves in order: hands partitions over, within settings.drainDeadlineMs. Idempotent. */
  drain(): Promise<WorkerEnd>;
  /** Leaves at once: no more handling, flush what is finished, free the leases. Idempotent; cuts a drain short. */
  stop(): Promise<WorkerEnd>;
  status(): WorkerStatus;
  /** Settles when the worker ended by itself (self-healing exhausted, worker id taken, partition policy stop of process). */
  readonly ended: Promise<Error | undefined>;
}
