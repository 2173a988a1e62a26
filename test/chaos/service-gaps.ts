// How long partitions were not served, read from the history. Pure.
import type { HandlerRecord } from '../support/history-file.ts';
import type { LeaseWrite } from './store-log.ts';

export interface Gap {
  readonly partitionId: string;
  /** From the last sign of the former owner to the first start by the next one, in ms. */
  readonly gapMs: number;
}

/**
 * For each acquisition: the time between the last handler end of another process and the first start by the new owner.
 * With steady traffic it includes the wait for the next event, so it is an upper bound.
 */
export function gapsOfMoves(moves: readonly LeaseWrite[], records: readonly HandlerRecord[]): Gap[] {
  const runs = Map.groupBy(records, (record) => record.partitionId);
  return moves.flatMap((move) => {
    const ofPartition = runs.get(move.partitionId) ?? [];
    const isOwn = (record: HandlerRecord): boolean => record.workerId === move.ownerId;
    const firstStart = earliest(
      ofPartition.filter((record) => record.kind === 'start' && isOwn(record) && record.atMs >= move.atMs),
    );
    const lastEnd = latest(
      ofPartition.filter(
        (record) => record.kind === 'end' && !isOwn(record) && record.atMs <= (firstStart ?? Infinity),
      ),
    );
    if (firstStart === undefined || lastEnd === undefined) return [];
    return [{ partitionId: move.partitionId, gapMs: firstStart - lastEnd }];
  });
}

/** For each of these partitions: the first start after `sinceMs` by a process that `isWanted`, undefined when there is none. */
export function servedAgain(
  partitionIds: readonly string[],
  records: readonly HandlerRecord[],
  sinceMs: number,
  isWanted: (record: HandlerRecord) => boolean,
): ReadonlyMap<string, number | undefined> {
  const starts = records.filter(
    (record) => record.kind === 'start' && record.atMs > sinceMs && isWanted(record),
  );
  const byPartition = Map.groupBy(starts, (record) => record.partitionId);
  return new Map(
    partitionIds.map((partitionId) => {
      const first = earliest(byPartition.get(partitionId) ?? []);
      return [partitionId, first === undefined ? undefined : first - sinceMs];
    }),
  );
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function earliest(records: readonly HandlerRecord[]): number | undefined {
  return records.length === 0
    ? undefined
    : records.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
}

function latest(records: readonly HandlerRecord[]): number | undefined {
  return records.length === 0
    ? undefined
    : records.reduce((most, { atMs }) => Math.max(most, atMs), -Infinity);
}
