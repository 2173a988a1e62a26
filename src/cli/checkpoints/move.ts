// Moves checkpoints: computes every change first, then (under borrowed leases) writes exactly those.

import { WorkerError } from '../../engine/errors.ts';
import type { PartitionProperties, Position } from '../../engine/event.ts';
import type { StoredCheckpoint } from '../../engine/leases/records.ts';
import type { CheckpointStore, EventSource, LeaseStore } from '../../engine/ports.ts';
import { withDeadline } from '../../engine/waiting.ts';
import { systemClock } from '../system-clock.ts';
import { changeOf, positionFor } from './target.ts';
import type { Change, Target } from './target.ts';

/** Where each partition's checkpoint is to go: one target for all, or a position each (import). */
export type Destination = Target | ImportedPositions;

/** Undefined: the other program has no checkpoint there yet. Such a partition keeps what it has here. */
export type Imported = Position | undefined;
export type ImportedPositions = ReadonlyMap<string, Imported>;

export interface MoveOptions {
  readonly source: EventSource;
  readonly leases: Pick<LeaseStore, 'readGroup'>;
  readonly checkpoints: CheckpointStore;
  readonly destination: Destination;
  readonly ends: readonly PartitionProperties[];
  /** Of held leases; needed to look up a time, since only the owner may read. */
  readonly generations: ReadonlyMap<string, number> | undefined;
}

const firstEventTimeoutMs = 10_000;
const maxConflicts = 5;

/** What would change, without changing it. */
export async function planMoves(options: MoveOptions, signal: AbortSignal): Promise<readonly Change[]> {
  const view = await options.leases.readGroup(signal);
  const stored = new Map(view.checkpoints.map((checkpoint) => [checkpoint.partitionId, checkpoint]));
  const changes = await Promise.all(
    options.ends.map(async (end) => {
      const to = await destinationOf(end, options, signal);
      return to === undefined ? [] : [changeOf(stored.get(end.partitionId), to, end)];
    }),
  );
  return changes.flat();
}

/** Carries the changes out, each as one conditional write with the borrowed lease's generation. */
export async function carryOut(
  changes: readonly Change[],
  store: CheckpointStore,
  generations: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    changes.map(async ({ partitionId, to }) => {
      const generation = generations.get(partitionId) ?? 0;
      for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
        const stored: StoredCheckpoint | undefined = await store.readCheckpoint(partitionId, signal);
        const record = { partitionId, generation, completed: '', ...to };
        const result = await store.writeCheckpoint(record, stored?.etag, signal);
        if (result.kind === 'stored') return;
      }
      throw new WorkerError('EHW_STORAGE_FAILED', {
        reason: `the checkpoint of partition ${partitionId} keeps changing: another program writes it`,
      });
    }),
  );
}

async function destinationOf(
  end: PartitionProperties,
  { destination, source, generations }: MoveOptions,
  signal: AbortSignal,
): Promise<Position | undefined> {
  if (!('at' in destination)) {
    if (destination.has(end.partitionId)) return destination.get(end.partitionId);
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: `There is no checkpoint to import for partition ${end.partitionId}.`,
    });
  }
  if (destination.at !== 'time') return positionFor(destination, end, undefined);
  // Nothing was enqueued since: no need to wait for an event that does not come.
  if (end.isEmpty || end.lastEnqueuedAtMs < destination.enqueuedAfterMs) {
    return positionFor(destination, end, undefined);
  }
  const generation = generations?.get(end.partitionId);
  if (generation === undefined) throw new Error('a time can only be looked up under a lease');
  const first = await firstEventAfter(
    source,
    end.partitionId,
    generation,
    destination.enqueuedAfterMs,
    signal,
  );
  return positionFor(destination, end, first);
}

/** The first event enqueued at or after a time, read through a link of our own generation. */
async function firstEventAfter(
  source: EventSource,
  partitionId: string,
  generation: number,
  enqueuedAfterMs: number,
  signal: AbortSignal,
): Promise<Position> {
  const first = Promise.withResolvers<Position>();
  const link = source.open(
    { partitionId, generation, start: { enqueuedAfterMs } },
    {
      receive: async ({ events: [event] }) => {
        if (event !== undefined) first.resolve(event);
      },
      fault: () => undefined,
      ended: ({ kind }) => first.reject(new WorkerError('EHW_LEASE_LOST', { partitionId, reason: kind })),
    },
  );
  const limit = { operation: `read partition ${partitionId}`, timeoutMs: firstEventTimeoutMs, signal };
  try {
    return await withDeadline(systemClock, limit, async () => first.promise);
  } finally {
    await link.close();
  }
}
