// KEDA's azure-eventhub scaler with checkpointStrategy blobMetadata, restated as pure functions: where it looks, what it
// counts, what it asks for. From KEDA v2.20.2: pkg/scalers/azure_eventhub_scaler.go and
// pkg/scalers/azure/azure_eventhub_checkpoint.go. test/keda asks the scaler itself the same questions.

/** Names as KEDA is given them. */
export interface ScalerNames {
  /** Full host name of the namespace. */
  readonly namespace: string;
  readonly hub: string;
  readonly consumerGroup: string;
}

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

/** Only the consumer group is lowered: a capital letter elsewhere stays and finds nothing. */
export function checkpointPath(names: ScalerNames, partitionId: string): string {
  return `${names.namespace}/${names.hub}/${names.consumerGroup.toLowerCase()}/checkpoint/${partitionId}`;
}

/** Throws, as the scaler does for the whole trigger, when there is a blob without a whole sequence number. */
export function checkpointOf(metadata: Readonly<Record<string, string>>): bigint {
  // HTTP header names ignore case.
  const text = Object.entries(metadata).find(([name]) => name.toLowerCase() === 'sequencenumber')?.[1];
  if (text === undefined) throw new Error('sequencenumber on blob not found');
  if (!/^[+-]?\d+$/.test(text)) throw new Error('sequencenumber is not a valid int64 value');
  return BigInt(text);
}

export function partitionLag(ends: PartitionEnds, metadata: CheckpointMetadata): bigint {
  if (ends.last === -1) return 0n;
  const begin = BigInt(ends.begin);
  const last = BigInt(ends.last);
  if (metadata === undefined) {
    // A partition with exactly one retained event counts as empty, unless it is the very first one.
    const isCounted = (begin === 0n && last === 0n) || begin !== last;
    return isCounted ? last - begin + 1n : 0n;
  }
  const checkpoint = checkpointOf(metadata);
  // A checkpoint beyond the end is taken for a sequence number that has wrapped around.
  const lag = last >= checkpoint ? last - checkpoint : MAX_INT64 - checkpoint + last;
  return lag > MAX_INT64 - STALE_THRESHOLD ? 0n : lag;
}

export function readLag(
  partitions: readonly { readonly ends: PartitionEnds; readonly checkpoint: CheckpointMetadata }[],
  settings: ScalerSettings,
): Reading {
  const threshold = BigInt(settings.threshold);
  const count = BigInt(partitions.length);
  const sum = partitions.reduce((total, { ends, checkpoint }) => total + partitionLag(ends, checkpoint), 0n);
  const total = sum > MAX_INT64 ? MAX_INT64 : sum;
  // The comparison rounds down, so the limit lets one replica more than partitions pass.
  const metric = total / threshold > count ? count * threshold : total;
  return {
    total,
    metric,
    isActive: total > BigInt(settings.activationThreshold),
    replicas: (metric + threshold - 1n) / threshold,
  };
}
