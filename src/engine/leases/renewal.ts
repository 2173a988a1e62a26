// Keeps what this worker holds: renews the member record on a timer of its own, which no claim, listing or drain can
// delay, and takes trust away from every lease the moment it is no longer provably ours.

import { asError, WorkerError } from '../errors.ts';
import type { Clock, LeaseStore, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { LeaseSettings } from '../settings.ts';
import { sleep, withDeadline } from '../waiting.ts';
import type { Membership } from './membership.ts';
import type { Tenancies, Tenancy } from './tenancy.ts';

/**
 * Lease records are rewritten every so many ticks. The member record alone keeps them alive for our own workers; a stock
 * SDK consumer only looks at the lease records and takes one over that is older than 60 s.
 */
export const refreshEveryTicks = 4;

export interface RenewalOptions {
  readonly membership: Membership;
  /** Shared with the coordinator: what this process holds, by partition. */
  readonly tenancies: Tenancies;
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: LeaseSettings;
  readonly callTimeoutMs: number;
  readonly report: ReportSink;
  /** The coordinator should look at the group now: a record was not as expected. */
  readonly lookSoon: () => void;
  /** Another process uses our worker id. */
  readonly fail: (error: WorkerError) => void;
}

export class Renewal {
  readonly #options: RenewalOptions;
  #cancelGuard: () => void = () => {};

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** Renews until the signal is aborted. The first renewal is sent at once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, settings } = this.#options;
    while (!signal.aborted) {
      const isConfirmed = await this.renewOnce(signal);
      const pauseMs = isConfirmed ? settings.tickMs : Math.min(settings.fastTickMs, settings.tickMs);
      await sleep(clock, pauseMs * (0.9 + 0.1 * random.next()), signal);
    }
    this.#cancelGuard();
  }

  /** Whether this lease may be worked under right now. Cheap: asked before each handler call. */
  isTrusted(tenancy: Tenancy, nowMs: number): boolean {
    return !tenancy.isSuspended && nowMs < this.#trustedUntilMs(tenancy);
  }

  /** Until when handlers may run under this lease: the later of the two proofs, both counted from when they were sent. */
  #trustedUntilMs(tenancy: Tenancy): number {
    const { membership } = this.#options;
    return Math.max(membership.trustedUntilMs, tenancy.writtenAtMs + membership.trustedForMs);
  }

  /** One renewal of the member record and of the lease records that are due. False when it was not confirmed. */
  async renewOnce(signal: AbortSignal): Promise<boolean> {
    const { membership, report, fail } = this.#options;
    // Before the proof is renewed, look whether it had a gap: a process that was stopped for longer than its lease must
    // not wake up, renew, and go on as if nobody could have taken its partitions.
    this.#suspendUntrusted();
    try {
      await membership.renew(signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof WorkerError && error.code === 'EHW_WORKER_ID_TAKEN') fail(error);
      else report({ kind: 'renewal.failed', error: asError(error) });
      return false;
    }
    this.armGuard();
    await Promise.all(this.#options.tenancies.all().map((tenancy) => this.#refresh(tenancy, signal)));
    return true;
  }

  /** Rewrites a lease record that is due, or whose lease is in doubt: only that write proves that it is still ours. */
  async #refresh(tenancy: Tenancy, signal: AbortSignal): Promise<void> {
    const { store, clock, settings, callTimeoutMs, report, lookSoon } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const isDue = sentAtMs - tenancy.writtenAtMs >= refreshEveryTicks * settings.tickMs - settings.tickMs / 2;
    if (tenancy.yieldingTo !== undefined || (!isDue && !tenancy.isSuspended)) return;
    const { lease, etag } = tenancy;
    try {
      const result = await withDeadline(
        clock,
        { operation: 'renew lease', timeoutMs: callTimeoutMs, signal },
        (inner) => store.writeLease(lease, etag, inner),
      );
      // Not ours any more in this form: a request was written into it, or somebody took it. The next listing tells.
      if (result.kind === 'conflict') return lookSoon();
      tenancy.etag = result.etag;
      tenancy.writtenAtMs = sentAtMs;
      if (tenancy.isSuspended && clock.monotonicMs() < sentAtMs + this.#options.membership.trustedForMs) {
        tenancy.isSuspended = false;
        tenancy.tenant.resume();
        report({ kind: 'lease.resumed', partitionId: lease.partitionId });
      }
      this.armGuard();
    } catch (error) {
      if (!signal.aborted) report({ kind: 'renewal.failed', error: asError(error) });
    }
  }

  /**
   * One timer at the earliest end of trust among all leases; armed again whenever it fires, a proof is confirmed, or a lease
   * begins. A lease that was written after the last renewal is trusted for longer than the others.
   */
  armGuard(): void {
    const { clock, tenancies } = this.#options;
    this.#cancelGuard();
    this.#cancelGuard = () => {};
    let endMs = Number.POSITIVE_INFINITY;
    for (const tenancy of tenancies.all()) {
      if (!tenancy.isSuspended) endMs = Math.min(endMs, this.#trustedUntilMs(tenancy));
    }
    if (endMs === Number.POSITIVE_INFINITY) return;
    this.#cancelGuard = clock.schedule(Math.max(0, endMs - clock.monotonicMs()), () => {
      this.#suspendUntrusted();
      this.armGuard();
    });
  }

  #suspendUntrusted(): void {
    const { clock, tenancies, membership, report } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const tenancy of tenancies.all()) {
      if (tenancy.isSuspended || this.isTrusted(tenancy, nowMs)) continue;
      const confirmedAtMs = Math.max(
        membership.trustedUntilMs - membership.trustedForMs,
        tenancy.writtenAtMs,
      );
      const unconfirmedMs = nowMs - confirmedAtMs;
      tenancy.isSuspended = true;
      tenancy.tenant.suspend(unconfirmedMs);
      report({ kind: 'lease.suspended', partitionId: tenancy.lease.partitionId, unconfirmedMs });
    }
  }
}
