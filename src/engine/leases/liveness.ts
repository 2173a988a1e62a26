// Who is alive, judged by the store's clock alone, and the two sides of one bound: an owner stops trusting its lease
// strictly before anybody else may judge it expired.

import type { GroupView, StoredLease, StoredMember } from './records.ts';

/** Date and Last-Modified have whole seconds: an age computed from them is at most this much too large. */
const storeClockStepMs = 1_000;

/** The store keeps a worker's record under its id in lower case: ids that differ in case only are one. */
export function isSameWorker(workerId: string, other: string): boolean {
  return workerId.toLowerCase() === other.toLowerCase();
}

/** After this age others may claim. */
export function expiresAfterMs(leaseMs: number): number {
  return leaseMs;
}

/**
 * After this time without a confirmed renewal, counted from when the renewal was sent, an owner no longer trusts its
 * lease. The gap to `expiresAfterMs` covers the store clock's step and a drift of a few percent between two clocks.
 */
export function trustedForMs(leaseMs: number): number {
  return leaseMs - storeClockStepMs - Math.max(250, leaseMs * 0.05);
}

/**
 * Members whose record is young enough by their own terms, by id; `leaseMs` is for records that name none. During a rolling
 * change of LEASE_MS old and new terms live side by side: judged by the new ones, every old owner would look dead.
 */
export function liveMembers(view: GroupView, leaseMs: number): ReadonlyMap<string, StoredMember> {
  const live = view.members.filter((member) => member.ageMs < expiresAfterMs(member.leaseMs ?? leaseMs));
  return new Map(live.map((member) => [member.workerId, member]));
}

/**
 * A lease lives while its owner's member record does: one renewal per worker keeps all its leases. The lease's own age
 * counts too, for owners without a member record (a stock SDK consumer renews its ownership blobs instead).
 */
export function isLeaseLive(
  lease: StoredLease,
  live: ReadonlyMap<string, StoredMember>,
  leaseMs: number,
): boolean {
  return lease.ownerId !== '' && (live.has(lease.ownerId) || lease.ageMs < expiresAfterMs(leaseMs));
}

/**
 * The generation of a new lease. The store's clock is the floor, so that generations keep growing when the container was
 * emptied or a stock consumer overwrote the record (it drops metadata that it does not know).
 */
export function nextGeneration(storedGeneration: number, storeTimeMs: number): number {
  return Math.max(storedGeneration + 1, Math.floor(storeTimeMs / 1_000));
}
