// Leases held for the time of one command, so that no worker processes a partition while its checkpoint is moved: a worker
// that holds one is asked to hand it over, as any other worker would ask; it drains and flushes first.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerError } from '../../engine/errors.ts';
import { isLeaseLive, liveMembers, nextGeneration } from '../../engine/leases/liveness.ts';
import { Membership } from '../../engine/leases/membership.ts';
import type { GroupView, Lease, StoredLease } from '../../engine/leases/records.ts';
import type { Clock, LeaseStore } from '../../engine/ports.ts';

export interface BorrowingOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly tickMs: number;
  /** How long live owners have to hand over. */
  readonly patienceMs: number;
  readonly progress: (held: number, wanted: number) => void;
}

const callTimeoutMs = 10_000;
const lookEveryMs = 500;

/** Owners that live and hold one of these partitions, by partition. */
export function liveOwners(
  view: GroupView,
  partitionIds: readonly string[],
  leaseMs: number,
): ReadonlyMap<string, string> {
  const live = liveMembers(view, leaseMs);
  const wanted = new Set(partitionIds);
  return new Map(
    view.leases
      .filter((lease) => wanted.has(lease.partitionId) && isLeaseLive(lease, live, leaseMs))
      .map((lease) => [lease.partitionId, lease.ownerId]),
  );
}

/**
 * Runs `use` with the generation of each lease, all of them held, and gives them back afterwards, whatever happened. Throws
 * EHW_BAD_USAGE naming who did not hand over in time; nothing was changed then.
 */
export async function withLeases<Result>(
  partitionIds: readonly string[],
  options: BorrowingOptions,
  signal: AbortSignal,
  use: (generations: ReadonlyMap<string, number>) => Promise<Result>,
): Promise<Result> {
  const { store, clock, leaseMs, tickMs } = options;
  const workerId = `checkpoints-${randomUUID().slice(0, 8)}`;
  const settings = {
    workerId,
    nonce: randomUUID(),
    leaseMs,
    tickMs,
    fastTickMs: 1_000,
    handoverTimeoutMs: leaseMs,
  };
  const membership = new Membership({ store, clock, settings, callTimeoutMs, load: () => 0 });
  const renewing = new AbortController();
  await membership.renew(signal);
  const renewal = renewUntil(membership, tickMs, renewing.signal);
  const held = new Map<string, Lease & { readonly etag: string }>();
  try {
    await borrowAll(partitionIds, workerId, options, held, signal);
    return await use(new Map([...held].map(([partitionId, lease]) => [partitionId, lease.generation])));
  } finally {
    const always = new AbortController().signal;
    await giveBack(workerId, store, always);
    renewing.abort();
    await renewal;
    await membership.leave(always).catch(() => undefined);
  }
}

async function borrowAll(
  partitionIds: readonly string[],
  workerId: string,
  options: BorrowingOptions,
  held: Map<string, Lease & { readonly etag: string }>,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, leaseMs, patienceMs, progress } = options;
  const deadlineMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const view = await store.readGroup(signal);
    const live = liveMembers(view, leaseMs);
    const leases = new Map(view.leases.map((lease) => [lease.partitionId, lease]));
    for (const partitionId of partitionIds) {
      const lease = leases.get(partitionId);
      if (lease !== undefined && held.get(partitionId)?.generation === lease.generation) {
        // A worker may have asked for it meanwhile: its request changed the etag.
        held.set(partitionId, lease);
        continue;
      }
      if (lease?.ownerId === workerId) held.set(partitionId, lease);
      else if (lease === undefined || !isLeaseLive(lease, live, leaseMs)) {
        const generation = nextGeneration(lease?.generation ?? 0, view.storeTimeMs);
        const mine: Lease = { partitionId, ownerId: workerId, generation, requestedBy: '' };
        const result = await store.writeLease(mine, lease?.etag, signal);
        if (result.kind === 'stored') held.set(partitionId, { ...mine, etag: result.etag });
      } else await ask(lease, workerId, store, signal);
    }
    progress(held.size, partitionIds.length);
    if (held.size === partitionIds.length) return;
    if (clock.monotonicMs() > deadlineMs) {
      const missing = partitionIds.filter((partitionId) => !held.has(partitionId));
      const owners = [...new Set(missing.map((partitionId) => leases.get(partitionId)?.ownerId ?? '?'))];
      throw new WorkerError('EHW_BAD_USAGE', {
        reason: `${owners.join(', ')} did not hand over partitions ${missing.join(', ')} within ${Math.round(patienceMs / 1_000)} s. Nothing was changed; stop those workers and try again.`,
      });
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
}

/** Writes our request into the owner's record; a conflict is looked at again. */
async function ask(
  lease: StoredLease,
  workerId: string,
  store: LeaseStore,
  signal: AbortSignal,
): Promise<void> {
  if (lease.requestedBy === workerId) return;
  const { partitionId, ownerId, generation, etag } = lease;
  await store.writeLease({ partitionId, ownerId, generation, requestedBy: workerId }, etag, signal);
}

/** A worker may write its request into a record while we free it: the fresh etag is tried then. */
async function giveBack(workerId: string, store: LeaseStore, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    const view = await store.readGroup(signal).catch(() => undefined);
    const ours = view?.leases.filter(({ ownerId }) => ownerId === workerId) ?? [];
    if (view !== undefined && ours.length === 0) return;
    await Promise.allSettled(
      ours.map(async ({ partitionId, generation, etag }) =>
        store.writeLease({ partitionId, generation, ownerId: '', requestedBy: '' }, etag, signal),
      ),
    );
  }
}

async function renewUntil(membership: Membership, tickMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(tickMs / 2, undefined, { signal }).catch(() => undefined);
    // A renewal that fails is tried again at the next turn; the lease outlives several of them.
    if (!signal.aborted) await membership.renew(signal).catch(() => undefined);
  }
}
