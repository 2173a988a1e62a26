// The snapshot of a worker, put together from its parts.

import type { Coordinator } from './leases/coordinator.ts';
import { isLeaseLive } from './leases/liveness.ts';
import { byPartitionId } from './leases/partition-order.ts';
import type { Budget } from './partition/budget.ts';
import type { PartitionProcessor } from './partition/processor.ts';
import type { Clock } from './ports.ts';
import type { EngineSettings } from './settings.ts';
import type { LeaseStatus, MemberStatus, WorkerState, WorkerStatus } from './status.ts';

export interface WorkerParts {
  readonly settings: EngineSettings;
  readonly state: WorkerState;
  readonly clock: Clock;
  readonly partitionIds: readonly string[];
  readonly processors: ReadonlyMap<string, PartitionProcessor>;
  readonly coordinator: Coordinator;
  readonly budget: Budget;
  /** Handler calls under way. */
  readonly running: number;
  readonly exhausted: string | undefined;
}

export function describeWorker(parts: WorkerParts): WorkerStatus {
  const { clock, settings, coordinator, processors, budget } = parts;
  const nowMs = clock.monotonicMs();
  const { lastLook } = coordinator;
  const partitions = [...processors.values()]
    .map((processor) => processor.status(nowMs))
    .toSorted((a, b) => byPartitionId(a.partitionId, b.partitionId));
  // A look may take two store calls and a pause; three times that without coming round means that the loop is dead.
  const coordinatorBoundMs = 3 * (settings.lease.tickMs + settings.lease.leaseMs);
  return {
    workerId: settings.lease.workerId,
    state: parts.state,
    partitionsTotal: parts.partitionIds.length,
    partitions,
    leases: leasesOf(parts),
    members: membersOf(parts),
    lastTickAgeMs: lastLook === undefined ? undefined : nowMs - lastLook.atMs,
    isCoordinatorAlive: parts.state !== 'running' || nowMs - coordinator.lastTriedAtMs < coordinatorBoundMs,
    inFlightEvents: parts.running,
    bufferedEvents: budget.events,
    bufferedBytes: budget.bytes,
    exhausted: parts.exhausted,
  };
}

function leasesOf(parts: WorkerParts): readonly LeaseStatus[] {
  const { lastLook } = parts.coordinator;
  if (lastLook === undefined) return [];
  const checkpoints = new Map(lastLook.group.checkpoints.map((stored) => [stored.partitionId, stored]));
  const sinceMs = parts.clock.monotonicMs() - lastLook.atMs;
  return lastLook.group.leases
    .map((lease) => {
      const stored = checkpoints.get(lease.partitionId);
      return {
        partitionId: lease.partitionId,
        ownerId: lease.ownerId,
        generation: lease.generation,
        requestedBy: lease.requestedBy,
        isLive: isLeaseLive(lease, lastLook.decision.liveMembers, parts.settings.lease.leaseMs),
        ...(stored === undefined
          ? {}
          : { checkpoint: stored.sequenceNumber, checkpointAgeMs: stored.ageMs + sinceMs }),
      };
    })
    .toSorted((a, b) => byPartitionId(a.partitionId, b.partitionId));
}

function membersOf(parts: WorkerParts): readonly MemberStatus[] {
  const { lastLook } = parts.coordinator;
  if (lastLook === undefined) return [];
  const sinceMs = parts.clock.monotonicMs() - lastLook.atMs;
  return [...lastLook.decision.liveMembers.values()].map(({ workerId, state, ageMs, load }) => ({
    workerId,
    state,
    ageMs: ageMs + sinceMs,
    load,
  }));
}
