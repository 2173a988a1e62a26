// Worker snapshots for tests of what is made from them: a healthy default, changed where the test says so.

import type { PartitionStatus, WorkerStatus } from '../../src/engine/status.ts';

export function workerStatus(changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    workerId: 'w-1',
    state: 'running',
    partitionsTotal: 4,
    partitions: [],
    leases: [],
    members: [{ workerId: 'w-1', state: 'active', ageMs: 1000, load: 0 }],
    lastTickAgeMs: 500,
    isCoordinatorAlive: true,
    inFlightEvents: 0,
    bufferedEvents: 0,
    bufferedBytes: 0,
    exhausted: undefined,
    ...changes,
  };
}

export function partitionStatus(
  partitionId: string,
  changes: Partial<PartitionStatus> = {},
): PartitionStatus {
  return {
    partitionId,
    state: 'running',
    generation: 1,
    lastEnqueuedSequenceNumber: 100,
    watermark: 90,
    checkpoint: 90,
    checkpointAgeMs: 2000,
    inFlightEvents: 3,
    bufferedBytes: 0,
    lagEvents: 10,
    lagMs: 1500,
    handledEvents: 0,
    gapEvents: 0,
    lastGap: undefined,
    stalled: false,
    blocked: false,
    oldestRunningMs: 0,
    ...changes,
  };
}
