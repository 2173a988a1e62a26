import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PartitionLog } from '../../../src/emulator/log/partition-log.ts';
import type { LogRecord } from '../../../src/emulator/log/log-record.ts';

const KEEP = { maxAgeMs: Infinity, maxBytes: Infinity };

function record(bytes: number): LogRecord {
  return {
    maxBytes: bytes,
    headerBytes: 0,
    write: (target, at) => at + Buffer.alloc(bytes, 1).copy(target, at),
  };
}

function logOf(sizes: readonly number[], retention = KEEP): PartitionLog {
  let nowMs = 0;
  const log = new PartitionLog('0', retention, () => nowMs++);
  for (const size of sizes) log.append(record(size));
  return log;
}

test('a partition that was never used says -1 everywhere', () => {
  const log = logOf([]);
  assert.equal(log.beginSequenceNumber, -1);
  assert.equal(log.lastSequenceNumber, -1);
  assert.equal(log.lastOffset, -1);
  assert.ok(log.isEmpty);
});

test('sequence numbers count from 0 and offsets are the bytes in front', () => {
  const log = new PartitionLog('0', KEEP, () => 7);
  assert.deepEqual(log.append(record(10)), { sequenceNumber: 0, offset: 0, enqueuedAtMs: 7 });
  assert.deepEqual(log.append(record(5)), { sequenceNumber: 1, offset: 10, enqueuedAtMs: 7 });
  assert.equal(log.byteCount, 15);
});

test('every record is found by its sequence number and offset, across segments of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const log = logOf(sizes);
      let offset = 0;
      for (const [sequenceNumber, size] of sizes.entries()) {
        const found = log.at(sequenceNumber);
        assert.ok(found !== undefined);
        assert.equal(found.segment.start(found.index + 1) - found.segment.start(found.index), size);
        assert.equal(log.firstAtOffset(offset), sequenceNumber);
        assert.equal(log.firstAtOffset(offset + 1), sequenceNumber + 1);
        offset += size;
      }
      assert.equal(log.at(sizes.length), undefined);
    }),
    { numRuns: 50 },
  );
});

test('the first event at or after a time is found', () => {
  let nowMs = 0;
  const log = new PartitionLog('0', KEEP, () => nowMs);
  for (nowMs of [10, 20, 20, 30]) log.append(record(1));
  assert.equal(log.firstAtTime(0), 0);
  assert.equal(log.firstAtTime(11), 1);
  assert.equal(log.firstAtTime(20), 1);
  assert.equal(log.firstAtTime(21), 3);
  assert.equal(log.firstAtTime(31), 4);
});

test('retention by size forgets the oldest events', () => {
  const log = logOf([100, 100, 100, 100], { maxAgeMs: Infinity, maxBytes: 250 });
  assert.equal(log.beginSequenceNumber, 2);
  assert.equal(log.eventCount, 2);
  assert.equal(log.byteCount, 200);
});

test('retention by time forgets without any traffic, and the end stays known', () => {
  let nowMs = 1000;
  const log = new PartitionLog('0', { maxAgeMs: 500, maxBytes: Infinity }, () => nowMs);
  log.append(record(10));
  nowMs = 1400;
  log.append(record(10));
  nowMs = 1600;
  assert.equal(log.beginSequenceNumber, 1);
  nowMs = 2000;
  assert.ok(log.isEmpty);
  // KEDA sees begin = last and counts no event (research/keda.md section 2).
  assert.equal(log.beginSequenceNumber, 1);
  assert.equal(log.lastSequenceNumber, 1);
  assert.equal(log.append(record(10)).sequenceNumber, 2);
});

test('a reader behind the retained events goes on at the first of them', () => {
  const log = logOf(Array<number>(100).fill(10_000));
  assert.equal(log.expire(60), 60);
  const found = log.at(3);
  assert.ok(found !== undefined);
  assert.equal(found.segment.firstSequenceNumber + found.index, 60);
  assert.equal(log.firstAtOffset(0), 60);
  assert.equal(log.expire(10), 0, 'retention never goes back');
});

test('expiring beyond the end empties the partition and loses no number', () => {
  const log = logOf([1, 1]);
  assert.equal(log.expire(99), 2);
  assert.equal(log.append(record(1)).sequenceNumber, 2);
});
