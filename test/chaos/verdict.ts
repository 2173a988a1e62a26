// The judge of a chaos run, in the manner of Jepsen's kafka workload: pure functions over the whole history (handler
// runs of all processes, writes of the store, faults injected). It trusts no worker's word about itself.
import type { HandlerRecord } from '../support/history-file.ts';
import type { CheckpointWrite, LeaseWrite } from './store-log.ts';

/** A fault after which a process may not have stored what it had finished, or may have finished what it no longer owned. */
export interface Incident {
  readonly pid: number;
  readonly kind: 'killed' | 'paused' | 'cut-off';
  readonly fromMs: number;
  /** Runs that began later are not excused by it; Infinity for a kill. */
  readonly untilMs: number;
}

export interface History {
  /** Number of events in each partition; sequence numbers count from 0. */
  readonly sentPerPartition: ReadonlyMap<string, number>;
  readonly records: readonly HandlerRecord[];
  readonly leases: readonly LeaseWrite[];
  readonly checkpoints: readonly CheckpointWrite[];
  readonly incidents: readonly Incident[];
  /** Whether a stored checkpoint says that an event is finished (position or completed map). */
  readonly covers: (checkpoint: CheckpointWrite, sequenceNumber: number) => boolean;
}

export interface Verdict {
  readonly sent: number;
  readonly handled: number;
  /** Events nobody finished, and events a checkpoint passed before they were finished: a crash would have lost them. */
  readonly lost: number;
  /** Events run again after a crash, pause or cut, that no stored checkpoint knew to be finished. */
  readonly duplicatesAllowed: number;
  readonly duplicatesNotAllowed: number;
  /** Runs that started although an earlier event with the same key had not been finished. */
  readonly outOfOrder: number;
  /** Checkpoints stored behind one stored before. */
  readonly regressions: number;
  /** Runs that started in a process whose worker did not hold the lease. */
  readonly overlaps: number;
}

/** One violation, told so that a person can find it in the histories. */
export type Finding = string;

export function judge(history: History): {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const partitions = byPartition(history);
  const totals = {
    handled: 0,
    lost: 0,
    allowed: 0,
    notAllowed: 0,
    outOfOrder: 0,
    regressions: 0,
    overlaps: 0,
  };
  for (const partition of partitions) {
    const finishedAtMs = firstFinish(partition.records);
    totals.handled += finishedAtMs.size;
    totals.lost += countLost(partition, finishedAtMs, findings);
    totals.outOfOrder += countOutOfOrder(partition, finishedAtMs, findings);
    totals.regressions += countRegressions(partition, findings);
    totals.overlaps += countOverlaps(partition, findings);
    const duplicates = countDuplicates(partition, history, findings);
    totals.allowed += duplicates.allowed;
    totals.notAllowed += duplicates.notAllowed;
  }
  return {
    verdict: {
      sent: sum(history.sentPerPartition.values()),
      handled: totals.handled,
      lost: totals.lost,
      duplicatesAllowed: totals.allowed,
      duplicatesNotAllowed: totals.notAllowed,
      outOfOrder: totals.outOfOrder,
      regressions: totals.regressions,
      overlaps: totals.overlaps,
    },
    findings,
  };
}

export function isClean(verdict: Verdict): boolean {
  const { lost, duplicatesNotAllowed, outOfOrder, regressions, overlaps } = verdict;
  return lost + duplicatesNotAllowed + outOfOrder + regressions + overlaps === 0;
}

interface PartitionHistory {
  readonly partitionId: string;
  readonly sent: number;
  /** In the order of time. */
  readonly records: readonly HandlerRecord[];
  readonly leases: readonly LeaseWrite[];
  readonly checkpoints: readonly CheckpointWrite[];
}

function byPartition(history: History): PartitionHistory[] {
  const records = Map.groupBy(history.records, (record) => record.partitionId);
  const leases = Map.groupBy(history.leases, (write) => write.partitionId);
  const checkpoints = Map.groupBy(history.checkpoints, (write) => write.partitionId);
  return [...history.sentPerPartition].map(([partitionId, sent]) => ({
    partitionId,
    sent,
    records: (records.get(partitionId) ?? []).toSorted((a, b) => a.atMs - b.atMs),
    leases: leases.get(partitionId) ?? [],
    checkpoints: checkpoints.get(partitionId) ?? [],
  }));
}

function firstFinish(records: readonly HandlerRecord[]): ReadonlyMap<number, number> {
  const finishedAtMs = new Map<number, number>();
  for (const record of records) {
    if (record.outcome !== 'ok' || finishedAtMs.has(record.sequenceNumber)) continue;
    finishedAtMs.set(record.sequenceNumber, record.atMs);
  }
  return finishedAtMs;
}

function countLost(
  partition: PartitionHistory,
  finishedAtMs: ReadonlyMap<number, number>,
  findings: Finding[],
): number {
  let lost = 0;
  for (let sequenceNumber = 0; sequenceNumber < partition.sent; sequenceNumber += 1) {
    if (finishedAtMs.has(sequenceNumber)) continue;
    lost += 1;
    findings.push(`lost: ${place(partition, sequenceNumber)} was never finished`);
  }
  let passed = -1;
  for (const write of partition.checkpoints) {
    for (; passed < write.sequenceNumber; passed += 1) {
      const atMs = finishedAtMs.get(passed + 1);
      if (atMs === undefined || atMs <= write.atMs) continue;
      lost += 1;
      findings.push(`lost: a checkpoint passed ${place(partition, passed + 1)} before it was finished`);
    }
  }
  return lost;
}

/** Strict: before an event starts, all earlier ones with its key must have been finished by somebody. */
function countOutOfOrder(
  partition: PartitionHistory,
  finishedAtMs: ReadonlyMap<number, number>,
  findings: Finding[],
): number {
  const starts = partition.records.filter((record) => record.kind === 'start' && record.key !== '');
  const events = new Map(starts.map((record) => [record.sequenceNumber, record.key]));
  const predecessor = new Map<number, number>();
  const lastOfKey = new Map<string, number>();
  for (const [sequenceNumber, key] of [...events].toSorted(([a], [b]) => a - b)) {
    const former = lastOfKey.get(key);
    if (former !== undefined) predecessor.set(sequenceNumber, former);
    lastOfKey.set(key, sequenceNumber);
  }
  let outOfOrder = 0;
  for (const start of starts) {
    const former = predecessor.get(start.sequenceNumber);
    if (former === undefined || (finishedAtMs.get(former) ?? Infinity) <= start.atMs) continue;
    outOfOrder += 1;
    findings.push(
      `out of order: ${place(partition, start.sequenceNumber)} started at ${ms(start.atMs)} before ${former} (key ${start.key}) was finished`,
    );
  }
  return outOfOrder;
}

function countRegressions(partition: PartitionHistory, findings: Finding[]): number {
  let regressions = 0;
  let highest = -1;
  for (const write of partition.checkpoints) {
    if (write.sequenceNumber < highest) {
      regressions += 1;
      findings.push(
        `regression: checkpoint of partition ${partition.partitionId} went from ${highest} to ${write.sequenceNumber} at ${ms(write.atMs)}`,
      );
    }
    highest = Math.max(highest, write.sequenceNumber);
  }
  return regressions;
}

/** A lease write is known to the judge when the store answered, which is before any worker can act on it. */
function countOverlaps(partition: PartitionHistory, findings: Finding[]): number {
  let overlaps = 0;
  let next = 0;
  let holder: LeaseWrite | undefined;
  for (const record of partition.records) {
    if (record.kind !== 'start') continue;
    for (; ; next += 1) {
      const write = partition.leases[next];
      if (write === undefined || write.atMs > record.atMs) break;
      holder = write;
    }
    if (holder?.ownerId === record.workerId) continue;
    overlaps += 1;
    findings.push(
      `overlap: ${record.workerId} (pid ${record.pid}) started ${place(partition, record.sequenceNumber)} at ${ms(record.atMs)} while the lease was ${
        holder === undefined ? 'never claimed' : `of "${holder.ownerId}" since ${ms(holder.atMs)}`
      }`,
    );
  }
  return overlaps;
}

function countDuplicates(
  partition: PartitionHistory,
  history: History,
  findings: Finding[],
): { readonly allowed: number; readonly notAllowed: number } {
  const allowed = new Set<number>();
  const notAllowed = new Set<number>();
  const lastRun = new Map<number, HandlerRecord>();
  for (const run of partition.records) {
    if (run.kind !== 'start') continue;
    const former = lastRun.get(run.sequenceNumber);
    lastRun.set(run.sequenceNumber, run);
    if (former === undefined) continue;
    // A retry by the same process is no repetition.
    if (former.pid === run.pid && run.attempt > former.attempt) continue;
    const reason = whyNotAllowed(partition, history, former, run);
    if (reason === undefined) {
      allowed.add(run.sequenceNumber);
      continue;
    }
    notAllowed.add(run.sequenceNumber);
    findings.push(
      `duplicate: ${place(partition, run.sequenceNumber)} started at ${ms(former.atMs)} in ${former.workerId} (pid ${former.pid}) and again at ${ms(run.atMs)} in ${run.workerId} (pid ${run.pid}): ${reason}`,
    );
  }
  return { allowed: allowed.difference(notAllowed).size, notAllowed: notAllowed.size };
}

/** G4 and G5: a repetition needs a fault of the process that ran the event first, and no stored word that it was finished. */
function whyNotAllowed(
  partition: PartitionHistory,
  history: History,
  former: HandlerRecord,
  run: HandlerRecord,
): string | undefined {
  const hasIncident = history.incidents.some(
    (incident) =>
      incident.pid === former.pid && incident.fromMs <= run.atMs && former.atMs <= incident.untilMs,
  );
  if (!hasIncident) return 'no crash, pause or cut explains it';
  // What the later owner could read when it took the lease.
  const takenAtMs = partition.leases.findLast(
    (write) => write.atMs <= run.atMs && write.ownerId === run.workerId,
  )?.atMs;
  const known = partition.checkpoints.findLast((write) => write.atMs <= (takenAtMs ?? run.atMs));
  if (known !== undefined && history.covers(known, run.sequenceNumber)) {
    return `the checkpoint stored at ${ms(known.atMs)} already had it`;
  }
  return undefined;
}

function place(partition: PartitionHistory, sequenceNumber: number): string {
  return `partition ${partition.partitionId} event ${sequenceNumber}`;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
