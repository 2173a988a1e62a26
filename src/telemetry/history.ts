// What happened lately, for the operator page: lease changes with their reasons, dead letters, and the lag of each
// partition over the last 15 minutes. Bounded, in memory, gone with the process; secrets are taken out on the way in.

import type { Clock } from '../engine/ports.ts';
import type { LeaseChange, Report } from '../engine/reports.ts';
import type { DeadLetterReason } from '../engine/event-outcome.ts';
import type { WorkerStatus } from '../engine/status.ts';
import { isOwned } from './metrics.ts';
import { LagSeries } from './lag-series.ts';
import type { LagPoint } from './lag-series.ts';
import { Recent } from './recent.ts';
import type { Redact } from './redaction.ts';

export interface LeaseChangeEntry {
  readonly atMs: number;
  readonly partitionId: string;
  /** `seen`: between other workers, noticed in the store. */
  readonly change: LeaseChange | 'seen';
  readonly generation: number;
  readonly why: string;
}

export interface DeadLetterEntry {
  readonly atMs: number;
  readonly partitionId: string;
  readonly sequenceNumber: number;
  readonly reason: DeadLetterReason;
  readonly error: string;
}

export interface HistoryOptions {
  readonly clock: Clock;
  readonly redact: Redact;
  readonly status: () => WorkerStatus | undefined;
}

const keptLeaseChanges = 200;
const keptDeadLetters = 100;
const maxErrorCharacters = 500;
/** Redaction of more costs more than an error text is worth. */
const maxRedacted = 8192;
const sampleEveryMs = 10_000;
const keepLagMs = 15 * 60_000;

export class History {
  readonly #options: HistoryOptions;
  readonly #leaseChanges = new Recent<LeaseChangeEntry>(keptLeaseChanges);
  readonly #deadLetters = new Recent<DeadLetterEntry>(keptDeadLetters);
  readonly #lag = new LagSeries(keepLagMs);
  /** Partition -> owner and generation at the last sample: the base for noticing what others did. */
  #owners = new Map<string, { readonly ownerId: string; readonly generation: number }>();
  #cancelNextSample: (() => void) | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Samples the lag every 10 s until stop(). */
  start(): void {
    this.#cancelNextSample = this.#options.clock.schedule(sampleEveryMs, () => {
      this.sample();
      this.start();
    });
  }

  stop(): void {
    this.#cancelNextSample?.();
    this.#cancelNextSample = undefined;
  }

  readonly report = (report: Report): void => {
    if (report.kind === 'lease') {
      this.#leaseChanges.add({
        atMs: this.#options.clock.nowMs(),
        partitionId: report.partitionId,
        change: report.change,
        generation: report.generation,
        why: this.#options.redact(report.why),
      });
    } else if (report.kind === 'dead-lettered') {
      this.#deadLetters.add({
        atMs: this.#options.clock.nowMs(),
        partitionId: report.partitionId,
        sequenceNumber: report.sequenceNumber,
        reason: report.reason,
        // Cut again after: a secret at the first cut would not be known for one.
        error: this.#options.redact(report.error.slice(0, maxRedacted)).slice(0, maxErrorCharacters),
      });
    }
  };

  /** Notes the lag of owned partitions and what other workers did with their leases since the last sample. */
  sample(): void {
    const status = this.#options.status();
    if (status === undefined) return;
    const atMs = this.#options.clock.nowMs();
    for (const one of status.partitions) {
      if (isOwned(one)) this.#lag.add(one.partitionId, { atMs, lagEvents: one.lagEvents });
    }
    this.#lag.forgetBefore(atMs - keepLagMs);
    this.#noteOthers(status, atMs);
  }

  leaseChanges(): readonly LeaseChangeEntry[] {
    return this.#leaseChanges.newestFirst();
  }

  deadLetters(): readonly DeadLetterEntry[] {
    return this.#deadLetters.newestFirst();
  }

  /** Oldest first, at most 15 minutes. */
  lagOf(partitionId: string): readonly LagPoint[] {
    return this.#lag.of(partitionId);
  }

  #noteOthers(status: WorkerStatus, atMs: number): void {
    const owners = new Map<string, { readonly ownerId: string; readonly generation: number }>();
    for (const { partitionId, ownerId, generation } of status.leases) {
      owners.set(partitionId, { ownerId, generation });
      const before = this.#owners.get(partitionId);
      if (before === undefined || (before.ownerId === ownerId && before.generation === generation)) continue;
      // Our own comings and goings were reported with their reason when they happened.
      if (ownerId === status.workerId || before.ownerId === status.workerId) continue;
      this.#leaseChanges.add({
        atMs,
        partitionId,
        generation,
        change: 'seen',
        why: `${before.ownerId || 'free'} -> ${ownerId || 'free'}`,
      });
    }
    this.#owners = owners;
  }
}
