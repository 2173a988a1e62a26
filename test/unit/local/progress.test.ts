import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressLine } from '../../../src/local/progress.ts';
import type { Snapshot } from '../../../src/local/progress.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';

const status = workerStatus({
  partitionsTotal: 8,
  partitions: [partitionStatus('0', { lagEvents: 1200 }), partitionStatus('1', { lagEvents: 34 })],
});

describe('the progress line', () => {
  it('tells totals, rates, lag and partitions', () => {
    const before = snapshot({ atMs: 1000, sentEvents: 1000, handledEvents: 900 });
    const now = snapshot({ atMs: 3000, sentEvents: 1400, handledEvents: 1300 });
    assert.equal(
      progressLine(now, before),
      'in 1,400 (200/s)   handled 1,300 (200/s)   lag 1,234   partitions 2/8',
    );
  });

  it('has no rate before time has passed', () => {
    const now = snapshot({ sentEvents: 10 });
    assert.match(progressLine(now, now), /in 10 \(0\/s\)/);
  });

  it('says why sending fails, and what the worker does when it does not run', () => {
    const now = snapshot({
      sendError: 'connection refused',
      status: workerStatus({ ...status, state: 'draining' }),
    });
    assert.match(progressLine(now, now), /draining {3}sending fails: connection refused$/);
  });
});

function snapshot(fields: Partial<Snapshot>): Snapshot {
  return { atMs: 0, sentEvents: 0, sendError: undefined, handledEvents: 0, status, ...fields };
}
