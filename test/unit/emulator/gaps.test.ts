// Sequence numbers that are never delivered: compaction, markers, what a promotion lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeKafkaEvent } from '../../../src/emulator/amqp/kafka-event.ts';
import { encodeLocalEvent } from '../../../src/emulator/amqp/local-event.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';
import { compactByKey } from '../../../src/emulator/hubs/compaction.ts';
import { GeoReplication } from '../../../src/emulator/hubs/geo-replication.ts';
import { Hub } from '../../../src/emulator/hubs/hub.ts';
import { readReplicatedOffset } from '../../../src/emulator/log/offset.ts';
import { PartitionLog } from '../../../src/emulator/log/partition-log.ts';

const FOREVER = { maxAgeMs: Infinity, maxBytes: Infinity };

function numbers(log: PartitionLog): number[] {
  return [...log.records()].map(([sequenceNumber]) => sequenceNumber);
}

/** Records of about 20 KB, so that a few of them fill a segment. */
function logOf(count: number, replication?: GeoReplication): PartitionLog {
  const log = new PartitionLog('0', FOREVER, () => 1000, undefined, replication);
  for (let index = 0; index < count; index += 1) log.append(encodeLocalEvent({ body: 'x'.repeat(20_000) }));
  return log;
}

function offsetAt(log: PartitionLog, sequenceNumber: number): unknown {
  const record = log.at(sequenceNumber);
  assert.ok(record !== undefined);
  const { segment, index } = record;
  return new EncodedMessage(segment.bytes, segment.start(index), segment.start(index + 1)).annotation(
    'x-opt-offset',
  );
}

test('an erased event is passed over wherever it is, and counted no more', () => {
  const log = logOf(12);
  for (const sequenceNumber of [0, 4, 5, 11]) assert.ok(log.erase(sequenceNumber));
  assert.equal(log.erase(4), false, 'once');
  assert.equal(log.erase(12), false, 'not there yet');
  assert.deepEqual(numbers(log), [1, 2, 3, 6, 7, 8, 9, 10]);
  assert.equal(log.eventCount, 8);
  assert.equal(log.lastSequenceNumber, 11, 'the tail is a number that is never delivered');
  assert.equal(log.at(11), undefined);
  log.append(encodeLocalEvent({ body: 1 }));
  assert.deepEqual(numbers(log).slice(-2), [10, 12]);
});

test('a marker takes a number and is never delivered', () => {
  const log = logOf(1);
  log.appendMarker();
  log.appendMarker();
  assert.deepEqual([numbers(log), log.lastSequenceNumber], [[0], 2]);
});

test('compaction keeps the newest event of each key, of Kafka and of AMQP alike, and all without a key', () => {
  const log = new PartitionLog('0', FOREVER, () => 1000);
  const events = [
    encodeLocalEvent({ body: 1, partitionKey: 'a' }),
    encodeKafkaEvent({ key: 'a', value: '1' }),
    encodeLocalEvent({ body: 2 }),
    encodeLocalEvent({ body: 3, partitionKey: 'a' }),
    encodeKafkaEvent({ key: Buffer.from([0xff]), value: '2' }),
    encodeKafkaEvent({ key: 'a', value: null }),
    encodeLocalEvent({ body: 4 }),
  ];
  for (const event of events) log.append(event);
  assert.equal(compactByKey(log), 2);
  assert.deepEqual(numbers(log), [2, 3, 4, 5, 6]);
  assert.equal(compactByKey(log), 0);
});

test('a hub with compaction compacts by itself', () => {
  const spec = {
    name: 'x',
    partitionCount: 1,
    retention: FOREVER,
    consumerGroups: [],
    compactEveryEvents: 4,
  };
  const hub = new Hub(spec, () => 1000);
  const log = hub.partition('0');
  assert.ok(log !== undefined);
  for (let index = 0; index < 4; index += 1) log.append(encodeLocalEvent({ body: index, partitionKey: 'a' }));
  assert.deepEqual(numbers(log), [3]);
});

test('what a promotion lost is gone, and its numbers are given again in the next replication segment', () => {
  const replication = new GeoReplication(true);
  const log = logOf(10, replication);
  const before = String(offsetAt(log, 7));
  assert.deepEqual(readReplicatedOffset(before), { replicationSegment: 1, sequenceNumber: 7 });
  replication.promote();
  assert.equal(log.loseLast(4), 4);
  assert.equal(log.lastSequenceNumber, 5);
  log.append(encodeLocalEvent({ body: 'new' }));
  assert.deepEqual(readReplicatedOffset(String(offsetAt(log, 6))), {
    replicationSegment: 2,
    sequenceNumber: 6,
  });
  assert.equal(log.endOfReplicationSegment(1), 6);
  assert.equal(log.endOfReplicationSegment(2), 7);
  assert.equal(log.endOfReplicationSegment(3), undefined);
  assert.deepEqual(numbers(log), [0, 1, 2, 3, 4, 5, 6]);
});

test('a promotion may lose everything there is, and no more', () => {
  const log = logOf(8);
  assert.equal(log.loseLast(100), 8);
  assert.deepEqual([log.lastSequenceNumber, log.lastOffset, log.isEmpty], [-1, -1, true]);
  log.append(encodeLocalEvent({ body: 1 }));
  assert.deepEqual(numbers(log), [0]);
});

test('with a step, old events go together at its ends', () => {
  let nowMs = 0;
  const log = new PartitionLog('0', { ...FOREVER, maxAgeMs: 1000, stepMs: 500 }, () => nowMs);
  for (const atMs of [0, 200, 499, 500, 700]) {
    nowMs = atMs;
    log.append(encodeLocalEvent({ body: atMs }));
  }
  for (const [atMs, count] of [
    [1499, 5],
    [1500, 2],
    [1999, 2],
    [2000, 0],
  ] as const) {
    nowMs = atMs;
    assert.equal(log.eventCount, count, `at ${atMs} ms`);
  }
});
