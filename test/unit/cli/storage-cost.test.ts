// The arithmetic of storage requests: that of ADR 0003, and what is measured by test/bench/storage-operations.ts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formulaLines, requestsText, storageCost, storageRequests } from '../../../src/cli/storage-cost.ts';

const use = { workers: 8, partitions: 32, tickMs: 10_000, checkpointEveryMs: 5_000 };

describe('storage requests', () => {
  it('are 8,640 an hour for 8 workers and 32 partitions at rest', () => {
    const { lists, members, leases } = storageRequests(use);
    assert.equal((lists + members + leases) / (30 * 24), 8_640);
  });

  it('cost what the requests of each kind cost', () => {
    const requests = { lists: 10_000, members: 20_000, leases: 30_000, checkpoints: 40_000 };
    assert.deepEqual(storageCost(requests, { list: 5, other: 1 }), { atRest: 10, busy: 14 });
  });

  it('are told in one line, and with their arithmetic', () => {
    assert.equal(
      requestsText(use),
      'storage requests a month with 8 workers and 32 partitions: 6,220,800 at rest (2,073,600 lists, 4,147,200 writes), and 16,588,800 checkpoint writes with events in every partition all the time',
    );
    const lines = formulaLines(use, { list: 0.05, other: 0.004 });
    assert.equal(lines[0], 'lists: 8 workers x 2,592,000 s / 10 s = 2,073,600 x 0.05 / 10,000 = 10.37');
    assert.equal(lines.length, 4);
  });
});
