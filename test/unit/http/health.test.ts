import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeLive, judgeReady, judgeStarted, maxStarvedMs } from '../../../src/http/health.ts';
import type { WorkerState } from '../../../src/engine/status.ts';
import { workerStatus } from '../../support/worker-status.ts';

const calm = { maxLateMs: 3, starvedMs: 0 };

describe('livez', () => {
  it('passes while the worker is built, runs, drains and has stopped', () => {
    assert.equal(judgeLive(undefined, calm).ok, true);
    for (const state of ['starting', 'running', 'draining', 'stopped'] satisfies WorkerState[]) {
      assert.equal(judgeLive(workerStatus({ state }), calm).ok, true, state);
    }
  });

  it('G8: passes however long the store or the event hub has not answered', () => {
    const hourLong = workerStatus({ lastTickAgeMs: 3_600_000, members: [] });
    assert.equal(judgeLive(hourLong, calm).ok, true);
    assert.equal(judgeLive(workerStatus({ state: 'starting', lastTickAgeMs: undefined }), calm).ok, true);
  });

  it('fails on a blocked event loop, a dead coordinator, a failed worker and exhausted self-healing, saying which', () => {
    const blocked = judgeLive(workerStatus(), { maxLateMs: 20_000, starvedMs: maxStarvedMs });
    assert.deepEqual([blocked.ok, /event loop/.test(blocked.reason)], [false, true]);
    const dead = judgeLive(workerStatus({ isCoordinatorAlive: false }), calm);
    assert.deepEqual([dead.ok, /coordinator/.test(dead.reason)], [false, true]);
    const exhausted = judgeLive(workerStatus({ exhausted: 'partition 3' }), calm);
    assert.deepEqual([exhausted.ok, /partition 3/.test(exhausted.reason)], [false, true]);
    assert.equal(judgeLive(workerStatus({ state: 'failed' }), calm).ok, false);
  });
});

describe('startupz', () => {
  it('G8: passes during an outage at the start, once the coordinator tries', () => {
    const trying = workerStatus({ state: 'starting', lastTickAgeMs: undefined, members: [] });
    assert.equal(judgeStarted(trying).ok, true);
    assert.equal(judgeStarted(workerStatus({ state: 'starting', isCoordinatorAlive: false })).ok, false);
    assert.equal(judgeStarted(undefined).ok, false);
  });
});

describe('readyz', () => {
  it('passes without a single partition: there may be more workers than partitions', () => {
    assert.equal(judgeReady(workerStatus({ partitions: [] })).ok, true);
  });

  it('fails before the first view, before the registration, while draining and after the end', () => {
    assert.equal(judgeReady(undefined).ok, false);
    assert.equal(judgeReady(workerStatus({ lastTickAgeMs: undefined })).ok, false);
    assert.equal(judgeReady(workerStatus({ members: [] })).ok, false);
    for (const state of ['starting', 'draining', 'stopped', 'failed'] satisfies WorkerState[]) {
      const verdict = judgeReady(workerStatus({ state }));
      assert.deepEqual([verdict.ok, verdict.reason], [false, `the worker is ${state}`]);
    }
  });
});
