// Puts the pieces of a run of real processes together into the one history that the checks read (test/support/history.ts):
// handler records of all processes, writes seen by each worker's storage proxy, and the faults injected. Pure.
import { decodeCompleted } from '../../src/engine/partition/completed-map.ts';
import type { HandlerRecord } from '../support/history-file.ts';
import type { HistoryEntry, ProcessEntry, ProcessId } from '../support/history.ts';
import type { CheckpointWrite, LeaseWrite, Look, MemberWrite } from './store-log.ts';

export interface RunPieces {
  /** Number of events in each partition; sequence numbers count from 0. */
  readonly sentPerPartition: ReadonlyMap<string, number>;
  readonly records: readonly HandlerRecord[];
  readonly leases: readonly LeaseWrite[];
  readonly checkpoints: readonly CheckpointWrite[];
  readonly members: readonly MemberWrite[];
  readonly looks: readonly Look[];
  readonly processes: readonly ProcessEntry[];
}

/** One life of a worker. */
export function processId(workerId: string, pid: number): ProcessId {
  return `${workerId}#${pid}`;
}

/** All entries in the order of time. */
export function runHistory(pieces: RunPieces): HistoryEntry[] {
  const timed = [
    ...handlerEntries(pieces),
    ...leaseEntries(pieces),
    ...checkpointEntries(pieces),
    ...pieces.processes,
  ].toSorted((a, b) => a.atMs - b.atMs);
  return [...sentEntries(pieces), ...timed];
}

/** What was sent is known from the event hub, the lane from whoever handled the event. */
function sentEntries(pieces: RunPieces): HistoryEntry[] {
  const laneOf = new Map(pieces.records.map((record) => [eventId(record), record.key]));
  return [...pieces.sentPerPartition].flatMap(([partitionId, count]) =>
    Array.from({ length: count }, (_, sequenceNumber) => {
      const id = eventId({ partitionId, sequenceNumber });
      const lane = laneOf.get(id);
      return {
        kind: 'sent' as const,
        atMs: 0,
        id,
        partitionId,
        sequenceNumber,
        lane: lane === '' ? undefined : lane,
      };
    }),
  );
}

function handlerEntries(pieces: RunPieces): HistoryEntry[] {
  const leases = Map.groupBy(pieces.leases, (write) => `${write.partitionId} ${write.ownerId}`);
  const calls = new Map<string, number>();
  return pieces.records.map((record): HistoryEntry => {
    const { atMs, partitionId, sequenceNumber } = record;
    const id = eventId(record);
    const process = processId(record.workerId, record.pid);
    const attempt = `${process} ${id} ${record.attempt}`;
    if (record.kind === 'end') {
      const outcome = record.outcome === 'ok' ? 'handled' : 'failed';
      return { kind: 'finished', atMs, id, partitionId, process, call: calls.get(attempt) ?? -1, outcome };
    }
    const call = calls.size;
    calls.set(attempt, call);
    // The last lease its worker got; a worker that never had one gets the lowest generation, and so an overlap.
    const own = leases.get(`${partitionId} ${record.workerId}`) ?? [];
    const generation = own.findLast((write) => write.atMs <= atMs)?.generation ?? 0;
    return { kind: 'started', atMs, id, partitionId, sequenceNumber, process, generation, call };
  });
}

function leaseEntries(pieces: RunPieces): HistoryEntry[] {
  const last = new Map<string, LeaseWrite>();
  const entries: HistoryEntry[] = [];
  for (const write of pieces.leases) {
    const former = last.get(write.partitionId);
    last.set(write.partitionId, write);
    entries.push({
      kind: 'lease',
      ...write,
      replaced: former === undefined ? undefined : { ...former, ageMs: leaseAgeMs(pieces, former, write) },
    });
  }
  return entries;
}

/**
 * A lease is as old as the last sign of life of its owner (its own record's last write, or the member's), as the one who
 * replaced it saw it: a renewal that landed between its look and its write could not be known.
 */
function leaseAgeMs(pieces: RunPieces, lease: LeaseWrite, by: LeaseWrite): number {
  const look = pieces.looks.findLast(({ process, atMs }) => process === by.process && atMs <= by.atMs);
  const seenAtMs = look?.atMs ?? by.atMs;
  const sign = pieces.members.findLast(
    ({ workerId, atMs, state }) => workerId === lease.ownerId && atMs <= seenAtMs && state !== 'gone',
  );
  return seenAtMs - Math.max(lease.atMs, sign?.atMs ?? 0);
}

function checkpointEntries(pieces: RunPieces): HistoryEntry[] {
  return pieces.checkpoints.map((write): HistoryEntry => {
    const { sequenceNumber } = write;
    const completed = new Set<number>();
    const decoded = decodeCompleted(write.completed, sequenceNumber);
    if (decoded !== undefined && 'unreadable' in decoded) {
      throw new Error(`Partition ${write.partitionId}: a stored completed map is ${decoded.unreadable}.`);
    }
    for (let number = sequenceNumber + 1; number <= (decoded?.last ?? -1); number += 1) {
      if (decoded?.has(number) === true) completed.add(number);
    }
    return { kind: 'checkpoint', ...write, completed };
  });
}

function eventId(event: { readonly partitionId: string; readonly sequenceNumber: number }): string {
  return `${event.partitionId}/${event.sequenceNumber}`;
}
