// Carries decisions about leases out: looks at the group, decides (decide.ts), writes. Renewing is renewal.ts.

import { asError } from '../errors.ts';
import type { LeaseChange } from '../reports.ts';
import { withDeadline } from '../waiting.ts';
import { decide } from './decide.ts';
import type { Decision, LeaseAction, Standpoint } from './decide.ts';
import type { CoordinatorOptions, Look } from './coordinator-options.ts';
import { Pace, restBetweenLooks } from './pace.ts';
import type { GroupView, Lease } from './records.ts';
import { Tenancy } from './tenancy.ts';
import { yieldTenancy } from './yielding.ts';

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #requestedAtMs = new Map<string, number>();
  readonly #onHold = new Map<string, number>();
  readonly #pace: Pace;
  /** Yields and closes under way; they end by themselves and are awaited when the loop ends. */
  readonly #tasks = new Set<Promise<void>>();
  #view: Look | undefined;
  #triedAtMs: number;
  #membersSeen = '';
  #releasesRest = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#triedAtMs = options.clock.monotonicMs();
    this.#pace = new Pace(options.clock, options.settings.fastTickMs / 4);
  }

  /** The last complete look at the group and when it was made; undefined before the first. */
  get lastLook():
    | { readonly group: GroupView; readonly decision: Decision; readonly atMs: number }
    | undefined {
    return this.#view;
  }

  /** When the loop last came round, whatever the outcome. */
  get lastTriedAtMs(): number {
    return this.#triedAtMs;
  }

  /** Looks and acts until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#pace.begin();
      const pauseMs = await this.look(signal);
      await this.#pace.pause(pauseMs, signal);
    }
  }

  /** Settles when every partition that was given up is closed. */
  async closed(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  /** One look and everything it decides. Returns how long to wait for the next one, in ms. */
  async look(signal: AbortSignal): Promise<number> {
    const { store, clock, random, settings, callTimeoutMs, report } = this.#options;
    const startedMs = clock.monotonicMs();
    this.#triedAtMs = startedMs;
    try {
      const group = await withDeadline(
        clock,
        { operation: 'read group', timeoutMs: callTimeoutMs, signal },
        (inner) => store.readGroup(inner),
      );
      const decision = decide(group, this.#standpoint());
      this.#view = { group, decision, atMs: clock.monotonicMs() };
      this.#notice(group, decision);
      const ends = await Promise.allSettled(
        decision.actions.map((action) => this.#carryOut(action, startedMs, signal)),
      );
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      report({ kind: 'tick', durationMs: clock.monotonicMs() - startedMs, result: 'ok' });
      const restMs = restBetweenLooks(decision, settings);
      const pauseMs = Math.min(restMs, Math.max(settings.fastTickMs / 2, decision.nextExpiryMs ?? restMs));
      return pauseMs * (0.9 + 0.1 * random.next());
    } catch (error) {
      if (!signal.aborted) {
        report({
          kind: 'tick',
          durationMs: clock.monotonicMs() - startedMs,
          result: 'failed',
          error: asError(error),
        });
      }
      return Math.min(settings.fastTickMs * 2, settings.tickMs) * (0.5 + 0.5 * random.next());
    }
  }

  /** Looks again at once, and once more if a look is under way. */
  lookSoon(): void {
    this.#pace.hurry();
  }

  /** From now on leases that nobody asks for are given up, too. */
  releaseRest(): void {
    this.#releasesRest = true;
    this.lookSoon();
  }

  /** Gives a partition up by our own will and leaves it alone for a while. */
  putOnHold(partitionId: string, holdMs: number): void {
    this.#onHold.set(partitionId, this.#options.clock.monotonicMs() + holdMs);
    const tenancy = this.#options.tenancies.get(partitionId);
    if (tenancy !== undefined) this.#yield(tenancy, '', 'stopped');
  }

  /** A fence outside the lease record (broker or checkpoint) says that another generation is at work. */
  loseNow(partitionId: string, generation: number, why: string): void {
    const tenancy = this.#options.tenancies.get(partitionId);
    if (tenancy !== undefined && tenancy.lease.generation === generation) this.#lose(tenancy, why);
    this.lookSoon();
  }

  /** Stops without waiting for handlers: flush what is finished and free the leases. Returns what could not be freed. */
  async abandon(): Promise<{ unflushed: string[]; unreleased: string[] }> {
    const unflushed: string[] = [];
    const unreleased: string[] = [];
    await Promise.all(
      this.#options.tenancies.all().map(async (tenancy) => {
        const { partitionId } = tenancy.lease;
        if (!(await tenancy.tenant.flush())) unflushed.push(partitionId);
        const free: Lease = { ...tenancy.lease, ownerId: '', requestedBy: '' };
        const result = await this.#write(free, tenancy.etag, undefined).catch(() => undefined);
        if (result?.kind !== 'stored') unreleased.push(partitionId);
        this.#end(tenancy, 'released', 'the worker stops');
      }),
    );
    return { unflushed, unreleased };
  }

  #standpoint(): Standpoint {
    const { settings, clock, membership, tenancies, partitionIds } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [partitionId, untilMs] of this.#onHold) if (untilMs <= nowMs) this.#onHold.delete(partitionId);
    return {
      workerId: settings.workerId,
      phase: membership.state,
      partitionIds: partitionIds(),
      held: tenancies.generations(),
      requestedAtMs: this.#requestedAtMs,
      onHold: new Set(this.#onHold.keys()),
      nowMs,
      leaseMs: settings.leaseMs,
      lateAfterMs: settings.tickMs * 1.5,
      handoverTimeoutMs: settings.handoverTimeoutMs,
      releasesRest: this.#releasesRest,
    };
  }

  /** Brings what we remember in line with the listing before anything is written. */
  #notice(group: GroupView, decision: Decision): void {
    const { tenancies, settings, report } = this.#options;
    const yielding = new Map<string, string>();
    for (const action of decision.actions)
      if (action.kind === 'yield') yielding.set(action.partitionId, action.to);
    for (const lease of group.leases) {
      const tenancy = tenancies.get(lease.partitionId);
      const isSame = lease.ownerId === settings.workerId && lease.generation === tenancy?.lease.generation;
      if (tenancy?.isPassedOnAs(lease) === true) {
        // Our own write, seen in a listing before its answer arrived: passed on, not lost.
        this.#end(tenancy, lease.ownerId === '' ? 'released' : 'handed-over', 'drained');
      } else if (tenancy !== undefined && isSame) {
        tenancy.etag = lease.etag;
        tenancy.lease = lease;
        // The one who asked may have gone: then the drained partition is freed for whoever is entitled to it now.
        if (tenancy.yieldingTo !== undefined) tenancy.yieldingTo = yielding.get(lease.partitionId) ?? '';
      }
      const isOurRequest = lease.requestedBy === settings.workerId || lease.ownerId === settings.workerId;
      if (!isOurRequest) this.#requestedAtMs.delete(lease.partitionId);
    }
    const workerIds = [...decision.liveMembers.keys()].toSorted();
    const seen = [...workerIds, '/', ...decision.foreignOwners].join(' ');
    if (seen !== this.#membersSeen) report({ kind: 'members', workerIds, foreign: decision.foreignOwners });
    this.#membersSeen = seen;
  }

  async #carryOut(action: LeaseAction, askedAtMs: number, signal: AbortSignal): Promise<void> {
    const { tenancies, report, clock } = this.#options;
    switch (action.kind) {
      case 'lose': {
        const tenancy = tenancies.get(action.partitionId);
        if (tenancy !== undefined) this.#lose(tenancy, action.why);
        return;
      }
      case 'begin':
        // Its age counts from when the listing was asked for: the answer may have taken its time.
        return this.#begin(action.lease, action.lease.etag, askedAtMs - action.lease.ageMs, {
          change: 'received',
          why: 'its owner handed it over',
        });
      case 'yield': {
        const tenancy = tenancies.get(action.partitionId);
        if (tenancy !== undefined)
          this.#yield(tenancy, action.to, action.to === '' ? 'released' : 'handed-over');
        return;
      }
      case 'claim':
      case 'request':
      case 'free': {
        const sentAtMs = clock.monotonicMs();
        const result = await this.#write(action.lease, action.ifMatch, signal);
        if (result.kind === 'conflict') {
          report({ kind: 'lease.conflict', partitionId: action.lease.partitionId, attempted: action.kind });
          return this.lookSoon();
        }
        if (action.kind === 'claim') this.#begin(action.lease, result.etag, sentAtMs, action);
        if (action.kind === 'request') this.#remember(action.lease.partitionId, sentAtMs);
        return;
      }
      default:
        return action satisfies never;
    }
  }

  #remember(partitionId: string, atMs: number): void {
    if (!this.#requestedAtMs.has(partitionId)) this.#requestedAtMs.set(partitionId, atMs);
  }

  #begin(
    lease: Lease,
    etag: string,
    writtenAtMs: number,
    because: { change: LeaseChange; why: string },
  ): void {
    const { tenancies, report, beginTenant, proved } = this.#options;
    const { partitionId, generation } = lease;
    this.#requestedAtMs.delete(partitionId);
    const held = tenancies.get(partitionId);
    if (held !== undefined) {
      held.lease = lease;
      held.etag = etag;
      held.writtenAtMs = writtenAtMs;
      return proved();
    }
    report({ kind: 'lease', partitionId, generation, change: because.change, why: because.why });
    tenancies.add(new Tenancy(lease, etag, writtenAtMs, beginTenant({ partitionId, generation })));
    proved();
  }

  #lose(tenancy: Tenancy, why: string): void {
    tenancy.tenant.lose(why);
    this.#end(tenancy, 'lost', why);
  }

  #yield(tenancy: Tenancy, to: string, change: 'handed-over' | 'released' | 'stopped'): void {
    if (tenancy.yieldingTo !== undefined) return;
    tenancy.yieldingTo = to;
    const { clock, settings, report } = this.#options;
    const task = yieldTenancy(tenancy, {
      clock,
      retryMs: settings.fastTickMs / 2,
      isHeld: () => this.#options.tenancies.get(tenancy.lease.partitionId) === tenancy,
      write: (lease, etag) => this.#write(lease, etag, undefined),
      lookSoon: () => this.lookSoon(),
    })
      .then((end) => {
        if (end === undefined) return;
        report({
          kind: 'handover',
          partitionId: tenancy.lease.partitionId,
          to: end.to,
          durationMs: end.durationMs,
        });
        this.#end(
          tenancy,
          end.to !== '' ? 'handed-over' : change === 'stopped' ? 'stopped' : 'released',
          'drained',
        );
        this.lookSoon();
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  #end(tenancy: Tenancy, change: LeaseChange, why: string): void {
    const { tenancies, report } = this.#options;
    const { partitionId, generation } = tenancy.lease;
    if (tenancies.get(partitionId) !== tenancy) return;
    tenancies.remove(tenancy);
    report({ kind: 'lease', partitionId, change, generation, why });
    const closing = tenancy.tenant.close().finally(() => this.#tasks.delete(closing));
    this.#tasks.add(closing);
  }

  #write(lease: Lease, ifMatch: string | undefined, signal: AbortSignal | undefined) {
    const { store, clock, callTimeoutMs } = this.#options;
    const wait = {
      operation: 'write lease',
      timeoutMs: callTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    };
    return withDeadline(clock, wait, (inner) => store.writeLease(lease, ifMatch, inner));
  }
}
