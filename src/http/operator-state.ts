// What the operator page shows, as one JSON value made from one status snapshot. The whole group: partitions of other
// workers appear with what the store says of them. Pure but for the rates it is given.

import type { LeaseStatus, PartitionStatus, WorkerStatus } from '../engine/status.ts';
import type { PartitionRates } from './partition-rates.ts';
import type { Verdict } from './health.ts';

export interface PartitionRow {
  readonly id: string;
  /** "" when free. */
  readonly owner: string;
  readonly isHere: boolean;
  /** The partition's state here; `elsewhere`, `expired` or `free` for the others. */
  readonly state: string;
  readonly requestedBy: string;
  readonly generation: number;
  readonly checkpoint: number | null;
  readonly checkpointAgeMs: number | null;
  readonly last: number | null;
  readonly lagEvents: number | null;
  readonly lagMs: number | null;
  readonly eventsPerSecond: number | null;
  readonly inFlight: number | null;
  readonly isStalled: boolean;
  readonly isBlocked: boolean;
}

export interface MemberRow {
  readonly id: string;
  readonly isThis: boolean;
  readonly state: string;
  readonly partitions: number;
  readonly load: number;
  readonly ageMs: number;
}

export interface OperatorState {
  readonly atMs: number;
  readonly workerId: string;
  readonly state: string;
  readonly live: Verdict;
  readonly ready: Verdict;
  readonly lastTickAgeMs: number | null;
  readonly inFlightEvents: number;
  readonly bufferedEvents: number;
  readonly bufferedBytes: number;
  readonly partitionsTotal: number;
  readonly partitions: readonly PartitionRow[];
  readonly members: readonly MemberRow[];
}

export interface OperatorStateInput {
  readonly status: WorkerStatus;
  readonly live: Verdict;
  readonly ready: Verdict;
  readonly atMs: number;
  readonly rates: PartitionRates;
  /** For partitions of other workers, as far as somebody asked. */
  readonly elsewhere: ReadonlyMap<string, KnownLag>;
}

export interface KnownLag {
  readonly last: number;
  readonly lagEvents: number;
}

/**
 * The lag of partitions from their ends and the checkpoints of the same moment. Taken once per answer and kept until the
 * next: measured against a later checkpoint, an old end would show a lag of 0 that is none.
 */
export function lagElsewhere(
  status: WorkerStatus | undefined,
  ends: ReadonlyMap<string, number>,
): ReadonlyMap<string, KnownLag> {
  const known = new Map<string, KnownLag>();
  for (const { partitionId, checkpoint } of status?.leases ?? []) {
    const last = ends.get(partitionId);
    if (last === undefined || checkpoint === undefined) continue;
    known.set(partitionId, { last, lagEvents: Math.max(0, last - checkpoint) });
  }
  return known;
}

const ownRateWindowMs = 10_000;
const othersRateWindowMs = 30_000;

export function operatorState(input: OperatorStateInput): OperatorState {
  const { status } = input;
  const here = new Map(status.partitions.map((one) => [one.partitionId, one]));
  const leases = new Map(status.leases.map((one) => [one.partitionId, one]));
  const ids = [...new Set([...leases.keys(), ...here.keys()])].toSorted(byNumber);
  const partitions = ids.map((id) => partitionRow(id, here.get(id), leases.get(id), input));
  return {
    atMs: input.atMs,
    workerId: status.workerId,
    state: status.state,
    live: input.live,
    ready: input.ready,
    lastTickAgeMs: status.lastTickAgeMs ?? null,
    inFlightEvents: status.inFlightEvents,
    bufferedEvents: status.bufferedEvents,
    bufferedBytes: status.bufferedBytes,
    partitionsTotal: status.partitionsTotal,
    partitions,
    members: status.members.map((member) => ({
      id: member.workerId,
      isThis: member.workerId === status.workerId,
      state: member.state,
      partitions: partitions.filter((row) => row.owner === member.workerId).length,
      load: member.load,
      ageMs: member.ageMs,
    })),
  };
}

function partitionRow(
  id: string,
  here: PartitionStatus | undefined,
  lease: LeaseStatus | undefined,
  input: OperatorStateInput,
): PartitionRow {
  return here !== undefined && here.state !== 'closed'
    ? rowHere(id, here, lease, input)
    : rowElsewhere(id, lease, input);
}

function rowHere(
  id: string,
  here: PartitionStatus,
  lease: LeaseStatus | undefined,
  { status, rates, atMs }: OperatorStateInput,
): PartitionRow {
  return {
    id,
    owner: here.state === 'fenced' ? (lease?.ownerId ?? '') : status.workerId,
    isHere: true,
    state: here.state,
    requestedBy: lease?.requestedBy ?? '',
    generation: here.generation,
    checkpoint: here.checkpoint,
    checkpointAgeMs: here.checkpointAgeMs,
    last: here.lastEnqueuedSequenceNumber ?? null,
    lagEvents: here.lagEvents,
    lagMs: here.lagMs,
    eventsPerSecond: rates.note(id, 'handled', here.handledEvents, atMs, ownRateWindowMs) ?? null,
    inFlight: here.inFlightEvents,
    isStalled: here.stalled,
    isBlocked: here.blocked,
  };
}

function rowElsewhere(
  id: string,
  lease: LeaseStatus | undefined,
  { rates, elsewhere, atMs }: OperatorStateInput,
): PartitionRow {
  const owner = lease?.ownerId ?? '';
  const checkpoint = lease?.checkpoint;
  const known = elsewhere.get(id);
  const rate =
    checkpoint === undefined ? undefined : rates.note(id, 'checkpoint', checkpoint, atMs, othersRateWindowMs);
  return {
    id,
    owner,
    isHere: false,
    state: owner === '' ? 'free' : lease?.isLive === true ? 'elsewhere' : 'expired',
    requestedBy: lease?.requestedBy ?? '',
    generation: lease?.generation ?? 0,
    checkpoint: checkpoint ?? null,
    checkpointAgeMs: lease?.checkpointAgeMs ?? null,
    last: known?.last ?? null,
    lagEvents: known?.lagEvents ?? null,
    lagMs: null,
    eventsPerSecond: rate ?? null,
    inFlight: null,
    isStalled: false,
    isBlocked: false,
  };
}

/** Partition ids are numbers in practice; others come after them in the order of their text. */
function byNumber(a: string, b: string): number {
  return Number(a) - Number(b) || a.localeCompare(b);
}
