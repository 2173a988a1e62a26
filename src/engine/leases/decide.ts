// What one worker does about leases after one look at the group. Pure: the coordinator carries the actions out.

import { assign } from './assign.ts';
import { isLeaseLive, liveMembers, nextGeneration } from './liveness.ts';
import { byPartitionId } from './partition-order.ts';
import type { LeaseChange } from '../reports.ts';
import type { GroupView, Lease, StoredLease, StoredMember } from './records.ts';

/** What this worker knows beyond the listing. */
export interface Standpoint {
  readonly workerId: string;
  readonly phase: 'joining' | 'active' | 'leaving';
  readonly partitionIds: readonly string[];
  /** Generation of each lease this process holds. */
  readonly held: ReadonlyMap<string, number>;
  /** When this process first asked for a partition, by its monotonic clock. */
  readonly requestedAtMs: ReadonlyMap<string, number>;
  /** Partitions this worker leaves alone for now (handler policy `stop`). */
  readonly onHold: ReadonlySet<string>;
  readonly nowMs: number;
  readonly leaseMs: number;
  /** A member whose record is older missed a renewal. */
  readonly lateAfterMs: number;
  readonly handoverTimeoutMs: number;
  /** Leaving: give up what nobody asked for. */
  readonly releasesRest: boolean;
}

export type LeaseAction =
  /** The record names somebody else or another generation: stop at once. */
  | { readonly kind: 'lose'; readonly partitionId: string; readonly why: string }
  /** An owner handed the partition over to us: begin. */
  | { readonly kind: 'begin'; readonly lease: StoredLease }
  /** Write ourselves in as owner, if the record is still `ifMatch` (undefined: does not exist). */
  | {
      readonly kind: 'claim';
      readonly lease: Lease;
      readonly ifMatch: string | undefined;
      readonly change: LeaseChange;
      readonly why: string;
    }
  /** Ask a live owner for the partition. */
  | { readonly kind: 'request'; readonly lease: Lease; readonly ifMatch: string }
  /** Drain, flush and hand over to `to`, or free when `to` is "". */
  | { readonly kind: 'yield'; readonly partitionId: string; readonly to: string }
  /** A record with our name that we do not use: give it back. */
  | { readonly kind: 'free'; readonly lease: Lease; readonly ifMatch: string };

export interface Decision {
  readonly actions: readonly LeaseAction[];
  /** Something is under way: look again soon. */
  readonly isMoving: boolean;
  /** A partition was asked for: from its handover until our next look nobody serves it. */
  readonly isExpecting: boolean;
  /** Look again after this time at the latest: a member is late and may be dead by then. */
  readonly nextExpiryMs: number | undefined;
  /** Owners in the records that are no members of ours (stock SDK consumers). */
  readonly foreignOwners: readonly string[];
  readonly liveMembers: ReadonlyMap<string, StoredMember>;
}

export function decide(view: GroupView, self: Standpoint): Decision {
  const live = liveMembers(view, self.leaseMs);
  const leases = new Map(view.leases.map((lease) => [lease.partitionId, lease]));
  const foreignOwners = foreignOwnersOf(view, live, self);
  const takingPart = [...live.values()].filter((member) => member.state !== 'leaving').map((m) => m.workerId);
  const others = takingPart.filter((workerId) => workerId !== self.workerId);
  const workerIds = [...others, ...foreignOwners, ...(self.phase === 'leaving' ? [] : [self.workerId])];
  const desired = assign({
    partitionIds: self.partitionIds,
    workerIds,
    holders: holdersOf(view, live, new Set(workerIds), self),
  });

  const actions: LeaseAction[] = [];
  for (const partitionId of self.partitionIds.toSorted(byPartitionId)) {
    const lease = leases.get(partitionId);
    const action = decideOne({
      partitionId,
      lease,
      desired: desired.get(partitionId),
      view,
      live,
      others,
      self,
    });
    if (action !== undefined) actions.push(action);
  }
  return {
    actions,
    isMoving:
      self.phase !== 'active' ||
      actions.length > 0 ||
      [...live.values()].some((member) => member.state !== 'active') ||
      // Somebody is entitled to what we hold and will ask for it.
      [...self.held.keys()].some((partitionId) => desired.get(partitionId) !== self.workerId) ||
      // We asked for a partition: once it is handed over nobody serves it until we look.
      self.partitionIds.some(
        (partitionId) =>
          desired.get(partitionId) === self.workerId &&
          !self.held.has(partitionId) &&
          !self.onHold.has(partitionId),
      ),
    isExpecting:
      actions.some(({ kind }) => kind === 'request') ||
      view.leases.some(
        ({ requestedBy, ownerId }) => requestedBy === self.workerId && ownerId !== self.workerId,
      ),
    nextExpiryMs: nextExpiry(live, self),
    foreignOwners,
    liveMembers: live,
  };
}

/** When the first member that missed a renewal would be judged dead; undefined when all renew in time. */
function nextExpiry(live: ReadonlyMap<string, StoredMember>, self: Standpoint): number | undefined {
  const late = [...live.values()].filter(
    (member) => member.workerId !== self.workerId && member.ageMs > self.lateAfterMs,
  );
  return late.length === 0
    ? undefined
    : Math.min(...late.map((member) => (member.leaseMs ?? self.leaseMs) - member.ageMs));
}

interface Question {
  readonly partitionId: string;
  readonly lease: StoredLease | undefined;
  readonly desired: string | undefined;
  readonly view: GroupView;
  readonly live: ReadonlyMap<string, StoredMember>;
  readonly others: readonly string[];
  readonly self: Standpoint;
}

function decideOne(question: Question): LeaseAction | undefined {
  const { lease, partitionId, self } = question;
  const heldGeneration = self.held.get(partitionId);
  if (heldGeneration !== undefined) return decideHeld(question, heldGeneration);
  if (lease?.ownerId === self.workerId) return decideOwnName(question, lease);
  if (question.desired !== self.workerId || self.phase !== 'active' || self.onHold.has(partitionId))
    return undefined;
  if (lease === undefined) {
    return claim(question, undefined, 'claimed-free', 'nobody has ever held it');
  }
  if (lease.ownerId === '') return claim(question, lease, 'claimed-free', 'it is free');
  if (!isLeaseLive(lease, question.live, self.leaseMs)) {
    return claim(
      question,
      lease,
      'claimed-expired',
      `${lease.ownerId} has not renewed for ${self.leaseMs} ms`,
    );
  }
  return decideRequest(question, lease);
}

function decideHeld(question: Question, heldGeneration: number): LeaseAction | undefined {
  const { lease, partitionId, self } = question;
  if (lease === undefined) {
    // Somebody emptied the container. Our generation is the highest anybody saw: write it anew.
    return {
      kind: 'claim',
      lease: { partitionId, ownerId: self.workerId, generation: heldGeneration, requestedBy: '' },
      ifMatch: undefined,
      change: 'claimed-own',
      why: 'the record vanished from the store',
    };
  }
  if (lease.ownerId !== self.workerId || lease.generation !== heldGeneration) {
    const owner = lease.ownerId === '' ? 'nobody' : lease.ownerId;
    return { kind: 'lose', partitionId, why: `the record names ${owner}, generation ${lease.generation}` };
  }
  if (question.others.includes(lease.requestedBy))
    return { kind: 'yield', partitionId, to: lease.requestedBy };
  if (self.phase === 'leaving' && (self.releasesRest || question.others.length === 0)) {
    return { kind: 'yield', partitionId, to: '' };
  }
  return undefined;
}

/** The record has our name, yet this process does not hold it: handed over to us, or left by a former process. */
function decideOwnName(question: Question, lease: StoredLease): LeaseAction | undefined {
  const { partitionId, self } = question;
  if (self.phase === 'leaving' || self.onHold.has(partitionId)) {
    const lapsed: Lease = { ...lease, ownerId: '', requestedBy: '' };
    return { kind: 'free', lease: lapsed, ifMatch: lease.etag };
  }
  // Before the settle tick, too: nobody else may claim what carries our name, and nobody serves it until we do.
  // Only an owner that we asked writes our name with a new generation; a former process's generation must not be reused.
  if (self.requestedAtMs.has(partitionId)) return { kind: 'begin', lease };
  return claim(question, lease, 'claimed-own', 'a former process with this worker id held it');
}

function decideRequest(question: Question, lease: StoredLease): LeaseAction | undefined {
  const { partitionId, self } = question;
  if (lease.requestedBy !== self.workerId) {
    // An open request of another live worker stands: the owner is already draining for it.
    if (question.others.includes(lease.requestedBy)) return undefined;
    // A request rewrites the record, and a young record keeps its lease alive: asking one that is dying would prolong it.
    if (!mayBeAsked(question, lease)) return undefined;
    return { kind: 'request', lease: { ...lease, requestedBy: self.workerId }, ifMatch: lease.etag };
  }
  const askedAtMs = self.requestedAtMs.get(partitionId);
  // Asked by a former process of ours: ask again, so that the time starts now.
  if (askedAtMs === undefined) return { kind: 'request', lease: { ...lease }, ifMatch: lease.etag };
  if (self.nowMs - askedAtMs < self.handoverTimeoutMs) return undefined;
  return claim(question, lease, 'claimed-after-timeout', `${lease.ownerId} did not hand it over in time`);
}

/** A member of ours that renews in time; a stock consumer has no member record and is asked by its lease alone. */
function mayBeAsked({ live, self }: Question, lease: StoredLease): boolean {
  const owner = live.get(lease.ownerId);
  return owner === undefined ? lease.generation === 0 : owner.ageMs <= self.lateAfterMs;
}

function claim(
  question: Question,
  lease: StoredLease | undefined,
  change: LeaseChange,
  why: string,
): LeaseAction {
  const generation = nextGeneration(lease?.generation ?? 0, question.view.storeTimeMs);
  const { partitionId, self } = question;
  return {
    kind: 'claim',
    lease: { partitionId, ownerId: self.workerId, generation, requestedBy: '' },
    ifMatch: lease?.etag,
    change,
    why,
  };
}

/**
 * Who counts as holder: the live worker that asked for the partition, else its live owner. An open request counts as if
 * it were fulfilled; otherwise every half-done handover would change everybody's answer and partitions would thrash.
 */
function holdersOf(
  view: GroupView,
  live: ReadonlyMap<string, StoredMember>,
  takingPart: ReadonlySet<string>,
  self: Standpoint,
): ReadonlyMap<string, string> {
  const holders = new Map<string, string>();
  for (const lease of view.leases) {
    if (takingPart.has(lease.requestedBy)) holders.set(lease.partitionId, lease.requestedBy);
    else if (self.held.has(lease.partitionId) || isLeaseLive(lease, live, self.leaseMs)) {
      holders.set(lease.partitionId, lease.ownerId);
    }
  }
  return holders;
}

function foreignOwnersOf(
  view: GroupView,
  live: ReadonlyMap<string, StoredMember>,
  self: Standpoint,
): string[] {
  const owners = view.leases.filter(
    (lease) =>
      lease.generation === 0 &&
      lease.ownerId !== self.workerId &&
      !live.has(lease.ownerId) &&
      isLeaseLive(lease, live, self.leaseMs),
  );
  return [...new Set(owners.map((lease) => lease.ownerId))].toSorted();
}
