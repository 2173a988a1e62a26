import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lanes } from '../../../../src/engine/partition/lanes.ts';
import { Watermark } from '../../../../src/engine/partition/watermark.ts';
import { receivedEvent } from '../../../support/received-event.ts';

function filled(...keys: (string | undefined)[]): Lanes {
  const watermark = new Watermark('0', { sequenceNumber: -1, offset: '-1' });
  const lanes = new Lanes();
  keys.forEach((key, sequenceNumber) => lanes.add(watermark.admit(receivedEvent({ sequenceNumber })), key));
  return lanes;
}

test('G2: a locked lane gives nothing until it is released', () => {
  const lanes = filled('a', 'a', 'b');
  const first = lanes.takeOne();
  assert.equal(first?.item.sequenceNumber, 0);
  assert.equal(lanes.takeOne()?.item.sequenceNumber, 2);
  assert.equal(lanes.takeOne(), undefined);
  lanes.release(first.lane);
  assert.equal(lanes.takeOne()?.item.sequenceNumber, 1);
});

test('a lane with much waiting queues up behind the others', () => {
  const lanes = filled('a', 'a', 'a', 'b', 'c');
  const first = lanes.takeOne();
  assert.ok(first !== undefined);
  lanes.release(first.lane);
  assert.deepEqual(
    [lanes.takeOne(), lanes.takeOne(), lanes.takeOne()].map((taken) => taken?.item.sequenceNumber),
    [3, 4, 1],
  );
});

test('events without a key never wait for each other', () => {
  const lanes = filled(undefined, undefined, undefined);
  assert.deepEqual(
    [lanes.takeOne(), lanes.takeOne(), lanes.takeOne()].map((taken) => taken?.item.sequenceNumber),
    [0, 1, 2],
  );
});

test('G2: a batch takes a lane in order and locks it, also when only a part of it fits', () => {
  const lanes = filled('a', 'b', 'a', 'a');
  const batch = lanes.takeBatch(2);
  assert.deepEqual(
    batch.items.map((item) => item.sequenceNumber),
    [0, 2],
  );
  assert.equal(lanes.readyEvents, 1);
  assert.deepEqual(
    lanes.takeBatch(10).items.map((item) => item.sequenceNumber),
    [1],
  );
  for (const lane of batch.lanes) lanes.release(lane);
  assert.equal(lanes.readyEvents, 1);
  assert.deepEqual(
    lanes.takeBatch(10).items.map((item) => item.sequenceNumber),
    [3],
  );
});

test('G7: keys that come and go leave no lane behind', () => {
  const lanes = filled('a', 'b');
  for (let taken = lanes.takeOne(); taken !== undefined; taken = lanes.takeOne()) lanes.release(taken.lane);
  assert.equal(lanes.hasReady, false);
  assert.equal(lanes.laneCount, 0);
});
