// The range every partition of the hub retains, read side by side.

import type { PartitionProperties } from '../engine/event.ts';
import { byPartitionId } from '../engine/leases/partition-order.ts';
import type { EventSource } from '../engine/ports.ts';

/** In the order of partition ids. Rejects with what the hub answered. */
export async function readPartitionEnds(
  source: Pick<EventSource, 'partitionIds' | 'partitionProperties'>,
  signal: AbortSignal,
): Promise<readonly PartitionProperties[]> {
  const partitionIds = await source.partitionIds(signal);
  return Promise.all(
    partitionIds
      .toSorted(byPartitionId)
      .map(async (partitionId) => source.partitionProperties(partitionId, signal)),
  );
}
