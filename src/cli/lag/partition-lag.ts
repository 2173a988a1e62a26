// What is left to handle in each partition, from the group's records and the hub's ends. Pure.

import { isNumbered } from '../../engine/event.ts';
import type { PartitionProperties, Position } from '../../engine/event.ts';
import { isLeaseLive, liveMembers } from '../../engine/leases/liveness.ts';
import type { GroupView } from '../../engine/leases/records.ts';
import { numberByTail } from '../../engine/partition/start-plan.ts';

export type OwnerState = 'owned' | 'moving' | 'expired' | 'free';

export interface PartitionLag {
  readonly partitionId: string;
  /** "" when nobody holds it. */
  readonly ownerId: string;
  readonly state: OwnerState;
  readonly checkpoint: number | undefined;
  readonly lastEnqueued: number;
  /** Retained events beyond the checkpoint. */
  readonly lagEvents: number;
  /** How long the next event has waited at most; undefined where the checkpoint does not tell. */
  readonly lagMs: number | undefined;
  /** Events that expired before anybody handled them. */
  readonly expiredEvents: number;
  readonly checkpointAgeMs: number | undefined;
  /** Until the next event may expire, at least; known only with a given retention. */
  readonly expiresInMs: number | undefined;
}

export interface GroupLag {
  readonly partitions: readonly PartitionLag[];
  readonly lagEvents: number;
  readonly members: readonly string[];
}

export interface LagQuestion {
  readonly view: GroupView;
  readonly ends: readonly PartitionProperties[];
  readonly leaseMs: number;
  readonly retentionMs: number | undefined;
}

export function groupLag({ view, ends, leaseMs, retentionMs }: LagQuestion): GroupLag {
  const live = liveMembers(view, leaseMs);
  const leases = new Map(view.leases.map((lease) => [lease.partitionId, lease]));
  const checkpoints = new Map(view.checkpoints.map((checkpoint) => [checkpoint.partitionId, checkpoint]));
  const partitions = ends.map((end): PartitionLag => {
    const lease = leases.get(end.partitionId);
    const checkpoint = checkpoints.get(end.partitionId);
    const retainedFrom = end.isEmpty ? end.lastSequenceNumber : end.beginSequenceNumber - 1;
    const number = checkpoint === undefined ? undefined : numberOf(checkpoint, end);
    const position = number ?? retainedFrom;
    const lagEvents = Math.max(0, end.lastSequenceNumber - Math.max(position, retainedFrom));
    const waitedMs =
      checkpoint?.enqueuedAtMs === undefined ? undefined : view.storeTimeMs - checkpoint.enqueuedAtMs;
    const lagMs = lagEvents === 0 ? 0 : waitedMs === undefined ? undefined : Math.max(0, waitedMs);
    return {
      partitionId: end.partitionId,
      ownerId: lease?.ownerId ?? '',
      state: ownerState(lease === undefined || lease.ownerId === '', lease, live, leaseMs),
      checkpoint: number,
      lastEnqueued: end.lastSequenceNumber,
      lagEvents,
      lagMs,
      expiredEvents: checkpoint === undefined ? 0 : Math.max(0, retainedFrom - position),
      checkpointAgeMs: checkpoint?.ageMs,
      expiresInMs:
        lagEvents === 0 || lagMs === undefined || retentionMs === undefined ? undefined : retentionMs - lagMs,
    };
  });
  return {
    partitions,
    lagEvents: partitions.reduce((sum, partition) => sum + partition.lagEvents, 0),
    members: [...live.keys()].toSorted(),
  };
}

function ownerState(
  isFree: boolean,
  lease: GroupView['leases'][number] | undefined,
  live: ReturnType<typeof liveMembers>,
  leaseMs: number,
): OwnerState {
  if (isFree || lease === undefined) return 'free';
  if (!isLeaseLive(lease, live, leaseMs)) return 'expired';
  return live.has(lease.requestedBy) ? 'moving' : 'owned';
}

/** Undefined for a checkpoint of an offset alone with events behind it. */
function numberOf(checkpoint: Position, end: PartitionProperties): number | undefined {
  const position = isNumbered(checkpoint) ? checkpoint : numberByTail(checkpoint, end);
  return isNumbered(position) ? position.sequenceNumber : undefined;
}
