import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LeaseStatus, WorkerStatus } from '../../../src/engine/status.ts';
import { History } from '../../../src/telemetry/history.ts';
import { createRedact } from '../../../src/telemetry/redaction.ts';
import { fanOut } from '../../../src/telemetry/telemetry.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';

function historyOf(status: () => WorkerStatus | undefined): { history: History; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, history: new History({ clock, status, redact: createRedact() }) };
}

function lease(partitionId: string, ownerId: string, generation: number): LeaseStatus {
  return { partitionId, ownerId, generation, requestedBy: '', isLive: true };
}

it('keeps 15 minutes of lag, one point each 10 s, and forgets a partition that left', () => {
  let partitions = [partitionStatus('0', { lagEvents: 7 }), partitionStatus('1')];
  const { history, clock } = historyOf(() => workerStatus({ partitions }));
  history.start();
  clock.advance(60 * 60_000);
  const points = history.lagOf('0');
  assert.equal(points.length, 91);
  assert.deepEqual(points.at(-1), { atMs: clock.nowMs(), lagEvents: 7 });
  partitions = [partitionStatus('0')];
  clock.advance(16 * 60_000);
  assert.deepEqual(history.lagOf('1'), []);
  history.stop();
  clock.advance(60_000);
  assert.equal(history.lagOf('0').at(-1)?.atMs, clock.nowMs() - 60_000);
});

it('shows no part of a secret that lies where the text is cut', () => {
  const key = 'bWFya2VyLW9mLWEta2V5LXRoYXQtbm9ib2R5LXByaW50cw==';
  const history = new History({
    clock: new ManualClock(),
    status: () => undefined,
    redact: createRedact([key]),
  });
  for (let before = 440; before < 510; before += 1) {
    const error = `${'x'.repeat(before)}${key} is wrong`;
    history.report({
      kind: 'dead-lettered',
      partitionId: '0',
      sequenceNumber: before,
      reason: 'exhausted',
      error,
    });
    assert.doesNotMatch(history.deadLetters()[0]?.error ?? '', /bWFya2Vy|cw==/);
  }
});

it('keeps the last 200 lease changes and 100 dead letters, newest first, without secrets', () => {
  const { history } = historyOf(() => undefined);
  for (let generation = 1; generation <= 500; generation += 1) {
    history.report({
      kind: 'lease',
      partitionId: '0',
      change: 'received',
      generation,
      why: 'w-2 handed over',
    });
    history.report({
      kind: 'dead-lettered',
      partitionId: '0',
      sequenceNumber: generation,
      reason: 'exhausted',
      error: `AccountKey=SECRET; ${'x'.repeat(10_000)}`,
    });
  }
  assert.equal(history.leaseChanges().length, 200);
  assert.equal(history.leaseChanges()[0]?.generation, 500);
  assert.equal(history.leaseChanges().at(-1)?.generation, 301);
  assert.equal(history.deadLetters().length, 100);
  assert.equal(history.deadLetters()[0]?.sequenceNumber, 500);
  const { error } = history.deadLetters()[0] ?? { error: 'none' };
  assert.doesNotMatch(error, /SECRET/);
  assert.ok(error.length < 600);
});

it('notices what other workers did, and leaves its own changes to their reports', () => {
  let leases = [lease('0', 'w-2', 1), lease('1', 'w-1', 1), lease('2', '', 3)];
  const { history } = historyOf(() => workerStatus({ leases }));
  history.sample();
  leases = [lease('0', 'w-3', 2), lease('1', 'w-2', 2), lease('2', 'w-2', 4)];
  history.sample();
  history.sample();
  assert.deepEqual(
    history.leaseChanges().map(({ partitionId, change, why }) => [partitionId, change, why]),
    [
      ['2', 'seen', 'free -> w-2'],
      ['0', 'seen', 'w-2 -> w-3'],
    ],
  );
});

it('a subscriber that throws harms neither the engine nor the others, and is told of once', () => {
  const heard: string[] = [];
  const defects: unknown[] = [];
  const broken = () => {
    throw new Error('defect');
  };
  const report = fanOut([broken, ({ kind }) => void heard.push(kind)], (error) => defects.push(error));
  report({ kind: 'lease.resumed', partitionId: '0' });
  report({ kind: 'lease.resumed', partitionId: '1' });
  assert.deepEqual(heard, ['lease.resumed', 'lease.resumed']);
  assert.equal(defects.length, 1);
});
