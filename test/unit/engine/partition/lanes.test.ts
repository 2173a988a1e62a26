import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unit } from '../../../../src/engine/handling/unit.ts';
import type { InFlight } from '../../../../src/engine/partition/in-flight.ts';
import { Lanes } from '../../../../src/engine/partition/lanes.ts';
import { Watermark } from '../../../../src/engine/partition/watermark.ts';
import { receivedEvent } from '../../../support/received-event.ts';

function filled(...keys: (string | undefined)[]): Lanes {
  const watermark = new Watermark('0', { sequenceNumber: -1, offset: '-1' });
  const lanes = new Lanes();
  keys.forEach((key, sequenceNumber) => lanes.add(watermark.admit(receivedEvent({ sequenceNumber })), key));
  return lanes;
}

function release(lanes: Lanes, taken: InFlight | undefined): void {
  assert.ok(taken?.lane !== undefined);
  lanes.release(taken.lane);
}

test('G2: a locked lane gives nothing until it is released', () => {
  const lanes = filled('a', 'a', 'b');
  const first = lanes.takeOne();
  assert.equal(first?.sequenceNumber, 0);
  assert.equal(lanes.takeOne()?.sequenceNumber, 2);
  assert.equal(lanes.takeOne(), undefined);
  release(lanes, first);
  assert.equal(lanes.takeOne()?.sequenceNumber, 1);
});

test('G9: the lane with the oldest event goes first, wherever it comes from', () => {
  const lanes = filled('a', 'a', 'a', 'b', 'c');
  const first = lanes.takeOne();
  assert.ok(first !== undefined);
  release(lanes, first);
  assert.deepEqual(
    [lanes.takeOne(), lanes.takeOne(), lanes.takeOne()].map((taken) => taken?.sequenceNumber),
    [1, 3, 4],
  );
});

test('events without a key never wait for each other', () => {
  const lanes = filled(undefined, undefined, undefined);
  assert.deepEqual(
    [lanes.takeOne(), lanes.takeOne(), lanes.takeOne()].map((taken) => taken?.sequenceNumber),
    [0, 1, 2],
  );
});

test('G2: a batch takes a lane in order and locks it, also when only a part of it fits', () => {
  const lanes = filled('a', 'b', 'a', 'a');
  const batch = lanes.takeBatch(2);
  assert.deepEqual(
    batch.map((item) => item.sequenceNumber),
    [0, 2],
  );
  assert.equal(lanes.readyEvents, 1);
  assert.deepEqual(
    lanes.takeBatch(10).map((item) => item.sequenceNumber),
    [1],
  );
  for (const lane of new Unit(batch).lanes) lanes.release(lane);
  assert.equal(lanes.readyEvents, 1);
  assert.deepEqual(
    lanes.takeBatch(10).map((item) => item.sequenceNumber),
    [3],
  );
});

test('G7: keys that come and go leave no lane behind', () => {
  const lanes = filled('a', 'b');
  for (let taken = lanes.takeOne(); taken !== undefined; taken = lanes.takeOne()) release(lanes, taken);
  assert.equal(lanes.hasReady, false);
  assert.equal(lanes.laneCount, 0);
});
