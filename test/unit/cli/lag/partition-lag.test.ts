import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagLines } from '../../../../src/cli/lag/lag-text.ts';
import { groupLag } from '../../../../src/cli/lag/partition-lag.ts';
import type { LagQuestion } from '../../../../src/cli/lag/partition-lag.ts';

const storeTimeMs = 1_800_000_000_000;

function end(partitionId: string, begin: number, last: number) {
  return {
    partitionId,
    beginSequenceNumber: begin,
    lastSequenceNumber: last,
    lastOffset: String(last),
    lastEnqueuedAtMs: 0,
    isEmpty: last < begin,
  };
}

const question: LagQuestion = {
  leaseMs: 30_000,
  retentionMs: 3_600_000,
  ends: [end('0', 0, 99), end('1', 50, 99), end('2', 0, -1), end('3', 0, 9)],
  view: {
    storeTimeMs,
    members: [{ workerId: 'w1', nonce: '', state: 'active', load: 0, etag: '', ageMs: 1_000 }],
    leases: [
      { partitionId: '0', ownerId: 'w1', generation: 1, requestedBy: '', etag: '', ageMs: 90_000 },
      { partitionId: '1', ownerId: 'gone', generation: 1, requestedBy: '', etag: '', ageMs: 90_000 },
    ],
    checkpoints: [
      {
        partitionId: '0',
        sequenceNumber: 89,
        offset: '',
        enqueuedAtMs: storeTimeMs - 60_000,
        generation: 1,
        completed: '',
        etag: '',
        ageMs: 5_000,
      },
      {
        partitionId: '1',
        sequenceNumber: 9,
        offset: '',
        generation: 1,
        completed: '',
        etag: '',
        ageMs: 5_000,
      },
    ],
  },
};

test('tells events, and seconds where the checkpoint tells when its event came', () => {
  const { partitions, lagEvents } = groupLag(question);
  assert.deepEqual(
    partitions.map(({ state, lagEvents, lagMs, expiredEvents }) => ({
      state,
      lagEvents,
      lagMs,
      expiredEvents,
    })),
    [
      { state: 'owned', lagEvents: 10, lagMs: 60_000, expiredEvents: 0 },
      { state: 'expired', lagEvents: 50, lagMs: undefined, expiredEvents: 40 },
      { state: 'free', lagEvents: 0, lagMs: 0, expiredEvents: 0 },
      { state: 'free', lagEvents: 10, lagMs: undefined, expiredEvents: 0 },
    ],
  );
  assert.equal(lagEvents, 70);
  assert.equal(partitions[0]?.expiresInMs, 3_540_000);
});

test('shows one line a partition, a total, and what expired', () => {
  const lines = lagLines(groupLag(question));
  assert.equal(lines.length, 7);
  assert.match(lines[1] ?? '', /^0 +w1 +owned +89 +99 +10 +1m 0s +5s +59m 0s$/);
  assert.match(lines[5] ?? '', /total 70 events behind, 1 live workers/);
  assert.match(lines[6] ?? '', /40 events expired/);
});
