// The history put together from records of different processes, judged: a clean move passes, violations are seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistorySummary } from '../support/history-checks.ts';
import { checkHistory, summarize } from '../support/history-checks.ts';
import type { HandlerRecord } from '../support/history-file.ts';
import { Chronicle } from '../support/history.ts';
import { processId, runHistory } from './run-history.ts';
import type { RunPieces } from './run-history.ts';
import type { CheckpointWrite, LeaseWrite, MemberWrite } from './store-log.ts';

const pids: Readonly<Record<string, number>> = { a: 1, b: 2 };

/** One finished run of 5 ms. */
function run(atMs: number, workerId: string, sequenceNumber: number): HandlerRecord[] {
  const common = {
    workerId,
    pid: pids[workerId] ?? 0,
    partitionId: '0',
    sequenceNumber,
    key: 'k',
    attempt: 1,
    eventId: String(sequenceNumber),
  };
  return [
    { ...common, kind: 'start', atMs },
    { ...common, kind: 'end', atMs: atMs + 5, outcome: 'ok' },
  ];
}

function lease(atMs: number, writer: string, ownerId: string, generation: number): LeaseWrite {
  const process = processId(writer, pids[writer] ?? 0);
  return { atMs, process, partitionId: '0', ownerId, generation, requestedBy: '' };
}

function checkpoint(
  atMs: number,
  writer: string,
  sequenceNumber: number,
  generation: number,
): CheckpointWrite {
  const process = processId(writer, pids[writer] ?? 0);
  return { atMs, process, partitionId: '0', sequenceNumber, generation, completed: '', etag: String(atMs) };
}

function alive(atMs: number, workerId: string): MemberWrite {
  return { atMs, workerId, state: 'active' };
}

/** Worker a handles event 0 and hands over to worker b, which handles event 1. */
const clean: RunPieces = {
  sentPerPartition: new Map([['0', 2]]),
  records: [...run(10, 'a', 0), ...run(30, 'b', 1)],
  leases: [lease(1, 'a', 'a', 1), lease(20, 'a', 'b', 2)],
  checkpoints: [
    checkpoint(2, 'a', -1, 1),
    checkpoint(18, 'a', 0, 1),
    checkpoint(21, 'b', 0, 2),
    checkpoint(40, 'b', 1, 2),
  ],
  members: [alive(0, 'a'), alive(0, 'b')],
  looks: [],
  processes: [
    { kind: 'born', atMs: 0, process: 'a#1', workerId: 'a' },
    { kind: 'born', atMs: 0, process: 'b#2', workerId: 'b' },
  ],
};

function summaryOf(change: Partial<RunPieces>): HistorySummary {
  const chronicle = new Chronicle(runHistory({ ...clean, ...change }));
  const limits = { leaseMs: 1000, handoverTimeoutMs: 1000, toleranceMs: 0, foreign: new Set<string>() };
  return summarize(chronicle, checkHistory(chronicle, limits));
}

test('a clean handover passes', () => {
  assert.deepEqual(summaryOf({}), {
    sent: 2,
    handled: 2,
    lost: 0,
    duplicatesAllowed: 0,
    duplicatesNotAllowed: 0,
    outOfOrder: 0,
    regressions: 0,
    overlaps: 0,
  });
});

test('G1: an event nobody handled is lost', () => {
  assert.equal(summaryOf({ records: run(10, 'a', 0), checkpoints: [] }).lost, 1);
});

test('G1: a checkpoint that passed an unfinished event counts as a loss', () => {
  assert.equal(summaryOf({ checkpoints: [checkpoint(12, 'a', 0, 1)] }).lost, 1);
});

test('G2: the second event of a key must wait for the first', () => {
  const records = [...run(10, 'a', 0), ...run(12, 'a', 1)];
  assert.equal(summaryOf({ records, checkpoints: [] }).outOfOrder, 1);
});

test('G3: a checkpoint that goes back is a regression', () => {
  const checkpoints = [...clean.checkpoints, checkpoint(50, 'b', 0, 2)];
  assert.equal(summaryOf({ checkpoints }).regressions, 1);
});

test('G4: a repetition after a handover is not allowed', () => {
  const records = [...run(10, 'a', 0), ...run(25, 'b', 0), ...run(31, 'b', 1)];
  const checkpoints = [checkpoint(21, 'b', -1, 2)];
  assert.equal(summaryOf({ records, checkpoints }).duplicatesNotAllowed, 1);
});

test('G5: a repetition after a crash is allowed unless the checkpoint knew of it', () => {
  const records = [...run(10, 'a', 0), ...run(2025, 'b', 0), ...run(2031, 'b', 1)];
  const leases = [lease(1, 'a', 'a', 1), lease(2020, 'b', 'b', 2)];
  const processes = [
    ...clean.processes,
    { kind: 'crashed' as const, atMs: 16, process: 'a#1', workerId: 'a' },
  ];
  const unflushed = summaryOf({ records, leases, processes, checkpoints: [checkpoint(2021, 'b', -1, 2)] });
  assert.equal(unflushed.duplicatesAllowed, 1);
  assert.equal(unflushed.duplicatesNotAllowed, 0);
  const checkpoints = [checkpoint(15.5, 'a', 0, 1), checkpoint(2021, 'b', 0, 2)];
  assert.equal(summaryOf({ records, leases, processes, checkpoints }).duplicatesNotAllowed, 1);
});

test('G6: a run that starts after another worker took the lease is an overlap', () => {
  const records = [...clean.records, ...run(50, 'a', 2)];
  const sentPerPartition = new Map([['0', 3]]);
  assert.equal(summaryOf({ records, sentPerPartition }).overlaps, 1);
});

test('G6: a lease taken from a live owner that was not asked is an overlap', () => {
  const leases = [lease(1, 'a', 'a', 1), lease(20, 'b', 'b', 2)];
  assert.equal(summaryOf({ leases }).overlaps, 1);
});
