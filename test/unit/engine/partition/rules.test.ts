// The small pure rules: when to flush, when to heal, which state follows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dueFlush } from '../../../../src/engine/partition/flush.ts';
import type { FlushState } from '../../../../src/engine/partition/flush.ts';
import { partitionTransitions } from '../../../../src/engine/partition/state.ts';
import type { PartitionInput, PartitionState } from '../../../../src/engine/partition/state.ts';
import { nextHealingStep } from '../../../../src/engine/partition/watchdog.ts';

const settings = { everyEvents: 1_000, everyMs: 5_000, idleMs: 1_000 };
const nowMs = 100_000;

function state(fields: Partial<FlushState>): FlushState {
  return {
    finishedEvents: 1,
    dirtySinceMs: nowMs,
    lastWriteMs: nowMs - 60_000,
    lastActivityMs: nowMs,
    unfinishedEvents: 1,
    notBeforeMs: 0,
    ...fields,
  };
}

test('flushes by time, by count, and when it goes quiet', () => {
  assert.equal(dueFlush(state({ dirtySinceMs: nowMs - 5_000 }), settings, nowMs), 'time');
  assert.equal(dueFlush(state({ finishedEvents: 1_000 }), settings, nowMs), 'count');
  assert.equal(
    dueFlush(state({ unfinishedEvents: 0, lastActivityMs: nowMs - 1_000 }), settings, nowMs),
    'idle',
  );
  assert.equal(dueFlush(state({}), settings, nowMs), undefined);
});

test('writes nothing when nothing was finished', () => {
  assert.equal(dueFlush(state({ finishedEvents: 0, dirtySinceMs: 0 }), settings, nowMs), undefined);
});

test('a trickle of single events costs no more writes than the clock allows', () => {
  const trickle = state({ unfinishedEvents: 0, lastActivityMs: nowMs - 1_000, lastWriteMs: nowMs - 4_999 });
  assert.equal(dueFlush(trickle, settings, nowMs), undefined);
});

test('a storm of events writes at most once a second', () => {
  assert.equal(
    dueFlush(state({ finishedEvents: 1e6, lastWriteMs: nowMs - 999 }), settings, nowMs),
    undefined,
  );
});

test('waits after a failed write', () => {
  assert.equal(dueFlush(state({ dirtySinceMs: 0, notBeforeMs: nowMs + 1 }), settings, nowMs), undefined);
});

const end = {
  partitionId: '0',
  beginSequenceNumber: 0,
  lastSequenceNumber: 50,
  lastOffset: '',
  lastEnqueuedAtMs: 0,
  isEmpty: false,
};
const silent = { headSequenceNumber: 10, lastArrivalMs: 0, stepsTaken: 0, lastStepMs: 0, isHeldBack: false };

test('G10: a silent link with events behind it is renewed, then the client, then it is said', () => {
  const steps = [0, 1, 2].map((stepsTaken) =>
    nextHealingStep({ ...silent, stepsTaken }, end, 60_000, 60_000),
  );
  assert.deepEqual(steps, ['recycle-link', 'recycle-client', 'give-up']);
});

test('G8 G10: a partition at its end, one held back by us, and one not silent for long are left alone', () => {
  assert.equal(nextHealingStep({ ...silent, headSequenceNumber: 50 }, end, 60_000, 60_000), undefined);
  assert.equal(nextHealingStep({ ...silent, isHeldBack: true }, end, 60_000, 60_000), undefined);
  assert.equal(nextHealingStep(silent, end, 60_000, 59_999), undefined);
  assert.equal(nextHealingStep(silent, { ...end, isEmpty: true }, 60_000, 60_000), undefined);
});

test('G6: whatever happens, a fenced partition never runs again and a closed one is closed', () => {
  const inputs = Object.keys(partitionTransitions.taking).filter(
    (key): key is PartitionInput => key in partitionTransitions.taking,
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...inputs)), (sequence) => {
      let current: PartitionState = 'taking';
      let wasFenced = false;
      for (const input of sequence) {
        const next: PartitionState = partitionTransitions[current][input];
        if (current === 'closed') assert.equal(next, 'closed');
        if (wasFenced) assert.ok(next === 'fenced' || next === 'closed');
        if (next === 'drained') assert.ok(current === 'draining' || current === 'drained');
        wasFenced ||= next === 'fenced';
        current = next;
      }
    }),
  );
});
