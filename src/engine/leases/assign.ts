// Who should own which partition: a pure function of what every worker sees, so that all of them come to the same answer
// without talking to each other. Equal shares, fewest moves.

import { byPartitionId } from './partition-order.ts';

export interface AssignmentInput {
  readonly partitionIds: readonly string[];
  /** Workers that take part, in any order. */
  readonly workerIds: readonly string[];
  /** Who has a partition now, or was already promised it by an open request. */
  readonly holders: ReadonlyMap<string, string>;
}

/** Desired owner of each partition; empty when nobody takes part. Shares differ by at most one. */
export function assign(input: AssignmentInput): ReadonlyMap<string, string> {
  const partitionIds = input.partitionIds.toSorted(byPartitionId);
  const room = shares(partitionIds, input);
  const desired = new Map<string, string>();
  const homeless: string[] = [];

  for (const partitionId of partitionIds) {
    const holder = input.holders.get(partitionId);
    const left = holder === undefined ? undefined : room.get(holder);
    if (holder === undefined || left === undefined || left === 0) {
      homeless.push(partitionId);
    } else {
      room.set(holder, left - 1);
      desired.set(partitionId, holder);
    }
  }
  for (const [workerId, left] of room) {
    for (const partitionId of homeless.splice(0, left)) desired.set(partitionId, workerId);
  }
  return desired;
}

/**
 * How many partitions each worker gets. Where they do not divide evenly, the larger shares go to those that hold most:
 * giving one to a worker with less would move a partition that could have stayed.
 */
function shares(partitionIds: readonly string[], input: AssignmentInput): Map<string, number> {
  const held = new Map(input.workerIds.map((workerId) => [workerId, 0]));
  for (const partitionId of partitionIds) {
    const holder = input.holders.get(partitionId);
    const count = holder === undefined ? undefined : held.get(holder);
    if (holder !== undefined && count !== undefined) held.set(holder, count + 1);
  }
  const ranked = [...held].toSorted(([a, heldA], [b, heldB]) => heldB - heldA || (a < b ? -1 : 1));
  const smaller = Math.floor(partitionIds.length / Math.max(1, ranked.length));
  const larger = partitionIds.length - smaller * ranked.length;
  return new Map(ranked.map(([workerId], rank) => [workerId, rank < larger ? smaller + 1 : smaller]));
}
