// Measures a hub from outside: how far every partition's end moves within a time. Reads properties only, no event.

import type { PartitionProperties } from '../../engine/event.ts';
import type { EventSource } from '../../engine/ports.ts';

export interface Sample {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** From the growth of offsets where they count bytes (they need not: geo-replicated namespaces); undefined otherwise. */
  readonly bytesPerSecond: number | undefined;
  /** Highest share of all events in one partition, 0 to 1: a hot partition is a limit of its own. */
  readonly hottestShare: number;
}

type Ends = ReadonlyMap<string, PartitionProperties>;

export async function readEnds(
  source: Pick<EventSource, 'partitionIds' | 'partitionProperties'>,
  signal: AbortSignal,
): Promise<Ends> {
  const partitionIds = await source.partitionIds(signal);
  const properties = await Promise.all(partitionIds.map((id) => source.partitionProperties(id, signal)));
  return new Map(properties.map((one) => [one.partitionId, one]));
}

/** Pure: what happened between two looks. */
export function compareEnds(before: Ends, after: Ends, seconds: number): Sample {
  const events = new Map<string, number>();
  let bytes: number | undefined = 0;
  for (const [partitionId, end] of after) {
    const start = before.get(partitionId);
    events.set(partitionId, Math.max(0, end.lastSequenceNumber - (start?.lastSequenceNumber ?? -1)));
    const grown = Number(end.lastOffset) - Number(start?.lastOffset ?? 0);
    bytes = bytes === undefined || !Number.isFinite(grown) || grown < 0 ? undefined : bytes + grown;
  }
  const total = [...events.values()].reduce((sum, count) => sum + count, 0);
  // Offsets that grow by one per event count events, not bytes.
  const isBytes = bytes !== undefined && bytes > total * 8;
  return {
    seconds,
    eventsPerSecond: total / seconds,
    bytesPerSecond: bytes !== undefined && isBytes ? bytes / seconds : undefined,
    hottestShare: total === 0 ? 0 : Math.max(...events.values()) / total,
  };
}
