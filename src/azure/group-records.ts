// Leases, members and checkpoints as blob metadata, and back. Reading trusts nothing: other SDKs, older versions and people
// write here too. Metadata keys are lower case; HTTP and some SDKs change their case.

import { unknownOffset } from '../engine/event.ts';
import { readStoredPosition } from '../engine/stored-position.ts';
import type { Checkpoint, Lease, Member, MemberState } from '../engine/leases/records.ts';

export type Metadata = Readonly<Record<string, string>>;

export type Reading<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'malformed'; readonly reason: string };

/** A record that claims to live longer than any setting allows is not believed: its lease would never be free. */
const maxLeaseMs = 600_000;
const memberStates: readonly MemberState[] = ['joining', 'active', 'leaving'];

export function leaseMetadata(lease: Lease): Record<string, string> {
  return {
    ownerid: lease.ownerId,
    generation: String(lease.generation),
    requestedby: lease.requestedBy,
  };
}

/**
 * A record of the official store has an owner only: generation 0, requested by nobody. Without an owner it is free: some
 * stores drop empty values, and a blob that nobody could read would keep its partition from ever being claimed.
 */
export function readLease(partitionId: string, metadata: Metadata): Lease {
  return {
    partitionId,
    ownerId: metadata['ownerid'] ?? '',
    generation: readGeneration(metadata).value,
    requestedBy: metadata['requestedby'] ?? '',
  };
}

export function memberMetadata(member: Member): Record<string, string> {
  // The blob's name is lower case, a worker's id need not be.
  return {
    workerid: member.workerId,
    nonce: member.nonce,
    state: member.state,
    load: String(member.load),
    ...(member.leaseMs === undefined ? {} : { leasems: String(member.leaseMs) }),
  };
}

export function readMember(idInPath: string, metadata: Metadata): Reading<Member> {
  const { workerid: workerId = idInPath, nonce, load } = metadata;
  const state = memberStates.find((name) => name === metadata['state']);
  if (nonce === undefined) return malformed('it has no nonce');
  if (state === undefined) return malformed(`its state is ${metadata['state'] ?? 'missing'}`);
  const leaseMs = wholeNumber(metadata['leasems']);
  const hasTerms = leaseMs !== undefined && leaseMs > 0 && leaseMs <= maxLeaseMs;
  return read({ workerId, nonce, state, load: wholeNumber(load) ?? 0, ...(hasTerms ? { leaseMs } : {}) });
}

export function checkpointMetadata(checkpoint: Checkpoint): Record<string, string> {
  return {
    sequencenumber: String(checkpoint.sequenceNumber),
    offset: checkpoint.offset,
    ...(checkpoint.enqueuedAtMs === undefined ? {} : { enqueuedat: String(checkpoint.enqueuedAtMs) }),
    generation: String(checkpoint.generation),
    completed: checkpoint.completed,
  };
}

/** Some SDKs write a sequence number without an offset, some an offset alone: the link can begin at either. */
export function readCheckpoint(partitionId: string, metadata: Metadata): Reading<Checkpoint> {
  const { sequencenumber, offset } = metadata;
  const stored = readStoredPosition(sequencenumber, offset, { isZeroUnwritten: false });
  const cure = `run \`checkpoints reset --partition ${partitionId}\` to say where it begins`;
  if (stored.kind === 'out-of-range') {
    return malformed(`its sequencenumber ${stored.text} is none that a partition can have; ${cure}`);
  }
  // -1 is how we write "before the first event"; of the other values that mean no event nobody knows what was meant.
  const isSeed = sequencenumber === '-1' && offset === unknownOffset;
  if (stored.kind === 'none' && !isSeed) {
    return malformed(
      `it has neither the sequencenumber nor the offset of an event (${sequencenumber ?? 'none'}, ${offset ?? 'none'}); ${cure}`,
    );
  }
  const position = stored.kind === 'none' ? { sequenceNumber: -1, offset: unknownOffset } : stored.position;
  const enqueuedAtMs = wholeNumber(metadata['enqueuedat']);
  return read({
    partitionId,
    ...(enqueuedAtMs === undefined ? {} : { enqueuedAtMs }),
    ...position,
    generation: readGeneration(metadata).value,
    completed: metadata['completed'] ?? '',
  });
}

/** A later generation must always be possible: the broker takes them as 64 bits, we count in whole doubles. */
const maxGeneration = 2 ** 52;

/**
 * The generation of a lease or a checkpoint; 0 where a foreign SDK wrote the record, or somebody a number that no lease can
 * have: taken for what it says it would be a generation that nobody can follow, and its partition would stand still for good.
 */
export function readGeneration(metadata: Metadata): { readonly value: number; readonly warning?: string } {
  const text = metadata['generation'];
  const value = text === undefined || text === '' ? 0 : wholeNumber(text);
  if (value !== undefined && value >= 0 && value <= maxGeneration) return { value };
  return {
    value: 0,
    warning: `its generation ${text} is none that a lease can have. It is taken for 0, and the next owner writes a good one; look for what else writes into this container`,
  };
}

/** Keys in lower case. */
export function normalise(metadata: Readonly<Record<string, string>> | undefined): Metadata {
  const lower: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata ?? {})) lower[key.toLowerCase()] = value;
  return lower;
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function read<Value>(value: Value): Reading<Value> {
  return { kind: 'read', value };
}

function malformed(reason: string): Reading<never> {
  return { kind: 'malformed', reason };
}
