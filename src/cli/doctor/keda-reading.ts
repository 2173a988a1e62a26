// Reads checkpoints as KEDA's scaler would, with any of its strategies, and counts as it would. Shared by the two KEDA checks.

import type { PartitionProperties } from '../../engine/event.ts';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import { checkpointPlace, sequenceNumberIn, sequenceNumberOf, strategyFor } from '../keda-checkpoint.ts';
import type { CheckpointPlace, KedaNames, KedaStrategy } from '../keda-checkpoint.ts';
import { lagBehind, totalLag } from '../keda-rules.ts';
import type { World } from './world.ts';

/** A ScaledObject's values, the worker's own where it does not say otherwise. */
export interface KedaView {
  readonly strategy: KedaStrategy;
  /** As written in the ScaledObject. */
  readonly writtenStrategy: string;
  readonly names: KedaNames;
  readonly container: string;
  /** Whether anything of it was given on the command line: then it is what runs, not a guess. */
  readonly isGiven: boolean;
}

/** undefined: there is no blob. */
export type KedaCheckpoints = ReadonlyMap<string, bigint | undefined>;

export type KedaReading =
  | { readonly kind: 'read'; readonly checkpoints: KedaCheckpoints }
  /** One blob that cannot be read fails the trigger for every partition. */
  | { readonly kind: 'error'; readonly reason: string };

/** JSON checkpoints have some hundred bytes: what is larger is something else. */
const maxContentBytes = 64 * 1024;
const readsAtOnce = 16;

export function kedaView({ config, given, options }: World): KedaView {
  const { keda } = options;
  const container = keda.container ?? config.storage.checkpointContainer;
  const writtenStrategy = keda.strategy ?? 'blobMetadata';
  return {
    writtenStrategy,
    strategy: strategyFor(writtenStrategy, container),
    names: {
      namespace: keda.namespace ?? given.namespace,
      hub: keda.hub ?? given.eventHub,
      consumerGroup: keda.consumerGroup ?? given.consumerGroup,
    },
    container,
    isGiven: Object.values(keda).some((value) => value !== undefined),
  };
}

export async function readAsKeda(
  world: World,
  { names, container }: KedaView,
  strategy: KedaStrategy,
  partitionIds: readonly string[],
  signal: AbortSignal,
): Promise<KedaReading> {
  const checkpoints = new Map<string, bigint | undefined>();
  try {
    for (let index = 0; index < partitionIds.length; index += readsAtOnce) {
      const reads = partitionIds.slice(index, index + readsAtOnce).map(async (partitionId) => {
        const place = checkpointPlace(strategy, names, container, partitionId);
        checkpoints.set(partitionId, await readOne(world, strategy, place, signal));
      });
      await Promise.all(reads);
    }
    return { kind: 'read', checkpoints };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { kind: 'error', reason: reasonOf(thrown) };
  }
}

/** The scaler's total: partitions that were never used are not even looked up. */
export function kedaLag(ends: readonly PartitionProperties[], checkpoints: KedaCheckpoints): bigint {
  return totalLag(
    ends.map(({ partitionId, beginSequenceNumber: begin, lastSequenceNumber: last }) =>
      lagBehind({ begin, last }, checkpoints.get(partitionId)),
    ),
  );
}

async function readOne(
  world: World,
  strategy: KedaStrategy,
  { container, path }: CheckpointPlace,
  signal: AbortSignal,
): Promise<bigint | undefined> {
  const blobs = world.container({ name: container, variable: 'blobContainer' });
  try {
    const blob = await blobs.readMetadata(path, signal);
    if (blob === undefined) return undefined;
    if (strategy === 'blobMetadata') return sequenceNumberOf(blob.metadata);
    if (blob.sizeBytes > maxContentBytes) throw new Error(`${path} is too large for a checkpoint`);
    const content = await blobs.readContent(path, signal);
    return content === undefined ? undefined : sequenceNumberIn(strategy, content.toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof WorkerError && thrown.code === 'EHW_CONTAINER_NOT_FOUND') return undefined;
    throw thrown instanceof WorkerError
      ? thrown
      : new Error(`${path}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
