// G9, G10: numbers at the end that no event has are passed only when a link has shown that it delivers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBeforeHead, TailCheck } from '../../../../src/engine/partition/tail-check.ts';

const head = { sequenceNumber: 10, offset: '@10' };

test('G10: silence proves nothing, nor does an event without the silence behind it', () => {
  const silent = new TailCheck(12, startBeforeHead(head, 0, 0));
  silent.noteHeartbeat();
  assert.equal(silent.isProven, false);
  const repeated = new TailCheck(12, startBeforeHead(head, 0, 0));
  repeated.noteRepeated();
  assert.equal(repeated.isProven, false);
});

test('G9: the last event again and then nothing proves that nothing follows', () => {
  const check = new TailCheck(12, startBeforeHead(head, 0, 0));
  check.noteRepeated();
  check.noteHeartbeat();
  assert.equal(check.isProven, true);
});

test('G10: a fault begins the proof anew', () => {
  const check = new TailCheck(12, startBeforeHead(head, 0, 0));
  check.noteRepeated();
  check.noteHeartbeat();
  check.noteFault();
  check.noteHeartbeat();
  assert.equal(check.isProven, false);
});

test('the link begins before the last event, further back the second time, and never before what is retained', () => {
  assert.deepEqual(startBeforeHead(head, 0, 0), { sequenceNumber: 9, offset: '-1' });
  assert.deepEqual(startBeforeHead({ ...head, sequenceNumber: 5_000 }, 0, 1), {
    sequenceNumber: 3_999,
    offset: '-1',
  });
  assert.deepEqual(startBeforeHead(head, 7, 1), { sequenceNumber: 6, offset: '-1' });
  assert.equal(startBeforeHead(head, 11, 0), undefined);
});
