// This worker's own member record, and with it the proof that its leases are still its own.
//
// One member write renews every lease of the worker (liveness.ts). The proof counts from the moment a renewal was SENT:
//   1. the owner sends a renewal at t and pauses  2. the store commits it at t + d, d unknown
//   3. others judge by the store's time, so not before t + d + leaseMs  4. the owner stops trusting at t + trustedForMs
// so there is no moment in which both sides believe in themselves.

import { WorkerError } from '../errors.ts';
import type { Clock, LeaseStore } from '../ports.ts';
import type { LeaseSettings } from '../settings.ts';
import { withDeadline } from '../waiting.ts';
import { isSameWorker, trustedForMs } from './liveness.ts';
import type { GroupView, MemberState, StoredMember } from './records.ts';

export interface MembershipOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly settings: LeaseSettings;
  /** Deadline of one store call. */
  readonly callTimeoutMs: number;
  readonly load: () => number;
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #trustedForMs: number;
  #state: MemberState = 'joining';
  #etag: string | undefined;
  /** False while a write is under way, and after one whose answer never came: it may be committed at any time. */
  #isEtagCertain = true;
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  #lastRenewal: Promise<void> = Promise.resolve();

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#trustedForMs = trustedForMs(options.settings.leaseMs);
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Monotonic time until which the last confirmed renewal vouches for the leases held without a gap. */
  get trustedUntilMs(): number {
    return this.#confirmedAtMs + this.#trustedForMs;
  }

  get trustedForMs(): number {
    return this.#trustedForMs;
  }

  /** Takes effect with the next renewal. */
  become(state: MemberState): void {
    this.#state = state;
  }

  /**
   * Writes the record; settles when it is confirmed. Rejects with EHW_WORKER_ID_TAKEN when another process writes under
   * this id, and with the store's error otherwise.
   */
  renew(signal: AbortSignal): Promise<void> {
    // One write at a time: two would race with one etag, and the loser would look like a stranger.
    const renewed = this.#lastRenewal.then(() => this.#renew(signal));
    this.#lastRenewal = renewed.catch(() => {});
    return renewed;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    // Twice at most: a conflict is resolved by reading once, and one that comes back is left to the next renewal.
    for (const isLastTry of [false, true]) {
      const sentAtMs = this.#options.clock.monotonicMs();
      this.#isEtagCertain = false;
      const result = await this.#write(signal);
      this.#isEtagCertain = true;
      if (result.kind === 'stored') {
        this.#etag = result.etag;
        this.#confirmedAtMs = sentAtMs;
        return;
      }
      if (isLastTry) break;
      await this.#resolveConflict(signal);
    }
    throw new WorkerError('EHW_STORAGE_FAILED', { reason: 'the member record keeps changing' });
  }

  /** Removes the record; a failure only means that others wait for its expiry. */
  async leave(signal: AbortSignal): Promise<void> {
    await this.#lastRenewal;
    // 1. a renewal is sent and then cut short by the end  2. we remove the record by the etag we know: nothing happens, or
    // 3. the renewal is committed behind us. One more write, whose answer we wait for, leaves no room for either.
    if (!this.#isEtagCertain) await this.#renew(signal);
    const etag = this.#etag;
    if (etag === undefined) return;
    const { store, clock, settings, callTimeoutMs } = this.#options;
    await withDeadline(clock, { operation: 'remove member', timeoutMs: callTimeoutMs, signal }, (inner) =>
      store.removeMember(settings.workerId, etag, inner),
    );
  }

  #write(signal: AbortSignal) {
    const { store, clock, settings, callTimeoutMs, load } = this.#options;
    const { workerId, nonce, leaseMs } = settings;
    const member = { workerId, nonce, state: this.#state, load: load(), leaseMs };
    return withDeadline(clock, { operation: 'renew member', timeoutMs: callTimeoutMs, signal }, (inner) =>
      store.writeMember(member, this.#etag, inner),
    );
  }

  async #resolveConflict(signal: AbortSignal): Promise<void> {
    const { store, clock, settings, callTimeoutMs } = this.#options;
    const view: GroupView = await withDeadline(
      clock,
      { operation: 'read group', timeoutMs: callTimeoutMs, signal },
      (inner) => store.readGroup(inner),
    );
    const stored: StoredMember | undefined = view.members.find((member) =>
      isSameWorker(member.workerId, settings.workerId),
    );
    const isOurs = stored?.nonce === settings.nonce;
    // A first write meets the record of the process that ran under this id before: the newer process takes it over, and
    // the older one, should it still live, finds a foreign nonce at its next renewal and ends.
    const isFirstWrite = this.#etag === undefined;
    if (stored !== undefined && !isOurs && !isFirstWrite) {
      throw new WorkerError('EHW_WORKER_ID_TAKEN', { workerId: settings.workerId });
    }
    this.#etag = stored?.etag;
  }
}
