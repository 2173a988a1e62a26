// The figures of the measurements, on histories small enough to count by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandlerRecord } from '../support/history-file.ts';
import { fewestMoves } from './fewest-moves.ts';
import { gapsOfMoves, median, servedAgain } from './service-gaps.ts';

function record(kind: 'start' | 'end', atMs: number, workerId: string, partitionId = '0'): HandlerRecord {
  const event = { sequenceNumber: 0, key: '', attempt: 1, eventId: '' };
  return { kind, atMs, workerId, partitionId, pid: workerId === 'a' ? 1 : 2, ...event };
}

test('a gap lasts from the last end of the former owner to the first start of the next', () => {
  const records = [
    record('start', 1, 'a'),
    record('end', 5, 'a'),
    record('start', 40, 'b'),
    record('end', 45, 'b'),
  ];
  const move = { atMs: 20, process: 'a#1', partitionId: '0', ownerId: 'b', generation: 2, requestedBy: '' };
  assert.deepEqual(gapsOfMoves([move], records), [{ partitionId: '0', gapMs: 35 }]);
});

test('a partition is served again with the first start of a wanted process, and not before', () => {
  const records = [record('start', 12, 'a'), record('start', 30, 'b'), record('start', 50, 'b')];
  const served = servedAgain(['0', '1'], records, 10, ({ pid }) => pid !== 1);
  assert.deepEqual(
    [...served],
    [
      ['0', 20],
      ['1', undefined],
    ],
  );
});

test('the median of an even number of values lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
});

test('counts the fewest moves of a step by hand', () => {
  assert.equal(fewestMoves([32], 1, 2), 16);
  assert.equal(fewestMoves([16, 16], 2, 4), 16);
  assert.equal(fewestMoves([4, 4, 4, 4, 4, 4, 4, 4], 8, 3), 20);
  assert.equal(fewestMoves([11, 11, 10], 3, 1), 21);
});
