// How KEDA's azure-eventhub scaler counts lag and asks for replicas, restated as pure functions. From KEDA v2.20.2:
// pkg/scalers/azure_eventhub_scaler.go. Where it looks for checkpoints is keda-checkpoint.ts. test/unit/keda holds the cases,
// test/keda asks the scaler itself the same questions.

import { sequenceNumberOf } from './keda-checkpoint.ts';

/** The two numbers of a partition that the scaler looks at. */
export interface PartitionEnds {
  readonly begin: number;
  /** -1 when the partition was never used. */
  readonly last: number;
}

/** Metadata of the blob at the checkpoint's path; undefined when there is no such blob or container. */
export type CheckpointMetadata = Readonly<Record<string, string>> | undefined;

export interface Reading {
  /** Unprocessed events of all partitions. */
  readonly total: bigint;
  /** What the HPA is given: the total, limited for the number of partitions. */
  readonly metric: bigint;
  readonly isActive: boolean;
  /** Replicas the HPA asks for: an average per replica, so the metric divided by the threshold, rounded up. */
  readonly replicas: bigint;
}

export interface ScalerSettings {
  readonly threshold: number;
  readonly activationThreshold: number;
}

const MAX_INT64 = 2n ** 63n - 1n;
const STALE_THRESHOLD = 10_000n;

/** With checkpointStrategy blobMetadata. A partition that was never used counts nothing: its blob is not even read. */
export function partitionLag(ends: PartitionEnds, metadata: CheckpointMetadata): bigint {
  const isRead = ends.last !== -1 && metadata !== undefined;
  return lagBehind(ends, isRead ? sequenceNumberOf(metadata) : undefined);
}

/** With any strategy; `checkpoint` undefined: there is no blob. */
export function lagBehind(ends: PartitionEnds, checkpoint: bigint | undefined): bigint {
  if (ends.last === -1) return 0n;
  const begin = BigInt(ends.begin);
  const last = BigInt(ends.last);
  if (checkpoint === undefined) {
    // A partition with exactly one retained event counts as empty, unless it is the very first one.
    const isCounted = (begin === 0n && last === 0n) || begin !== last;
    return isCounted ? last - begin + 1n : 0n;
  }
  // A checkpoint beyond the end is taken for a sequence number that has wrapped around.
  const lag = last >= checkpoint ? last - checkpoint : MAX_INT64 - checkpoint + last;
  return lag > MAX_INT64 - STALE_THRESHOLD ? 0n : lag;
}

/** The sum over partitions, which does not wrap around. */
export function totalLag(lags: readonly bigint[]): bigint {
  const sum = lags.reduce((total, lag) => total + lag, 0n);
  return sum > MAX_INT64 ? MAX_INT64 : sum;
}

export function readLag(
  partitions: readonly { readonly ends: PartitionEnds; readonly checkpoint: CheckpointMetadata }[],
  settings: ScalerSettings,
): Reading {
  const threshold = BigInt(settings.threshold);
  const count = BigInt(partitions.length);
  const total = totalLag(partitions.map(({ ends, checkpoint }) => partitionLag(ends, checkpoint)));
  // The comparison rounds down, so the limit lets one replica more than partitions pass.
  const metric = total / threshold > count ? count * threshold : total;
  return {
    total,
    metric,
    isActive: total > BigInt(settings.activationThreshold),
    replicas: (metric + threshold - 1n) / threshold,
  };
}
