// The judge itself: a clean history passes, and each kind of violation is seen and named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandlerRecord } from '../support/history-file.ts';
import type { CheckpointWrite, LeaseWrite } from './store-log.ts';
import { isClean, judge } from './verdict.ts';
import type { History, Verdict } from './verdict.ts';

const pids: Readonly<Record<string, number>> = { a: 1, b: 2 };

/** One finished run of 5 ms. */
function run(
  atMs: number,
  workerId: string,
  sequenceNumber: number,
  change: Partial<HandlerRecord> = {},
): HandlerRecord[] {
  const common = {
    workerId,
    pid: pids[workerId] ?? 0,
    partitionId: '0',
    sequenceNumber,
    key: 'k',
    attempt: 1,
    eventId: String(sequenceNumber),
    ...change,
  };
  return [
    { ...common, kind: 'start', atMs },
    { ...common, kind: 'end', atMs: atMs + 5, outcome: 'ok' },
  ];
}

function lease(atMs: number, ownerId: string, generation: number): LeaseWrite {
  return { atMs, partitionId: '0', ownerId, generation, requestedBy: '' };
}

function checkpoint(atMs: number, sequenceNumber: number): CheckpointWrite {
  return { atMs, partitionId: '0', sequenceNumber, generation: 1, completed: '' };
}

/** Worker a handles event 0, hands over, worker b handles event 1. */
const clean: History = {
  sentPerPartition: new Map([['0', 2]]),
  records: [...run(10, 'a', 0), ...run(30, 'b', 1)],
  leases: [lease(0, 'a', 1), lease(20, 'b', 2)],
  checkpoints: [checkpoint(18, 0), checkpoint(40, 1)],
  incidents: [],
  covers: (stored, sequenceNumber) => sequenceNumber <= stored.sequenceNumber,
};

function verdictOf(change: Partial<History>): Verdict {
  return judge({ ...clean, ...change }).verdict;
}

test('a clean move passes', () => {
  const { verdict, findings } = judge(clean);
  assert.deepEqual(findings, []);
  assert.ok(isClean(verdict));
  assert.equal(verdict.sent, 2);
  assert.equal(verdict.handled, 2);
});

test('G1: sees an event nobody finished', () => {
  assert.equal(verdictOf({ records: run(10, 'a', 0) }).lost, 1);
});

test('G1: sees a checkpoint that passed an unfinished event', () => {
  assert.equal(verdictOf({ checkpoints: [checkpoint(12, 0)] }).lost, 1);
});

test('G2: sees an event that started before the one ahead of it was finished', () => {
  const records = [...run(10, 'a', 0), ...run(12, 'a', 1)];
  assert.equal(verdictOf({ records }).outOfOrder, 1);
  const otherKey = [...run(10, 'a', 0), ...run(12, 'a', 1, { key: 'other' })];
  assert.equal(verdictOf({ records: otherKey }).outOfOrder, 0);
});

test('G3: sees a checkpoint that went backwards', () => {
  assert.equal(verdictOf({ checkpoints: [checkpoint(40, 1), checkpoint(41, 0)] }).regressions, 1);
});

test('G4: a repetition without a fault is not allowed', () => {
  const records = [...clean.records, ...run(50, 'b', 0)];
  assert.equal(verdictOf({ records }).duplicatesNotAllowed, 1);
});

test('G4: a retry in the same process is no repetition', () => {
  const failed = run(10, 'a', 0).map((record) =>
    record.kind === 'end' ? { ...record, outcome: 'failed' as const } : record,
  );
  const records = [...failed, ...run(16, 'a', 0, { attempt: 2 }), ...run(30, 'b', 1)];
  const verdict = verdictOf({ records, checkpoints: [] });
  assert.ok(isClean(verdict));
  assert.equal(verdict.duplicatesAllowed, 0);
});

test('G5: a repetition after a crash is allowed unless the checkpoint knew of it', () => {
  const killed = [{ pid: 1, kind: 'killed' as const, fromMs: 16, untilMs: Infinity }];
  const records = [...run(10, 'a', 0), ...run(24, 'b', 0), ...run(30, 'b', 1)];
  const unflushed = verdictOf({ records, incidents: killed, checkpoints: [] });
  assert.equal(unflushed.duplicatesAllowed, 1);
  assert.equal(unflushed.duplicatesNotAllowed, 0);
  const flushed = verdictOf({ records, incidents: killed });
  assert.equal(flushed.duplicatesNotAllowed, 1);
});

test('G5: a pause excuses only what ran before its end', () => {
  const paused = [{ pid: 1, kind: 'paused' as const, fromMs: 1, untilMs: 5 }];
  const records = [...run(10, 'a', 0), ...run(24, 'b', 0), ...run(30, 'b', 1)];
  assert.equal(verdictOf({ records, incidents: paused, checkpoints: [] }).duplicatesNotAllowed, 1);
});

test('G6: sees a run that started without the lease', () => {
  const records = [...clean.records, ...run(50, 'a', 2)];
  assert.equal(verdictOf({ records }).overlaps, 1);
  assert.equal(verdictOf({ leases: [] }).overlaps, 2);
});
