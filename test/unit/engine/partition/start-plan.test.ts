// G9: where a partition begins decides what KEDA counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionProperties } from '../../../../src/engine/event.ts';
import { planStart } from '../../../../src/engine/partition/start-plan.ts';
import type { StartQuestion } from '../../../../src/engine/partition/start-plan.ts';

function retained(
  beginSequenceNumber: number,
  lastSequenceNumber: number,
  isEmpty = false,
): PartitionProperties {
  return {
    partitionId: '0',
    beginSequenceNumber,
    lastSequenceNumber,
    lastOffset: `@${lastSequenceNumber}`,
    lastEnqueuedAtMs: 0,
    isEmpty,
  };
}

function plan(fields: Partial<StartQuestion>) {
  return planStart({
    checkpoint: undefined,
    properties: retained(900, 999),
    start: { at: 'earliest' },
    onRecreatedHub: 'stop',
    ...fields,
  });
}

test('a checkpoint is where it goes on', () => {
  const checkpoint = { sequenceNumber: 950, offset: '@950' };
  assert.deepEqual(plan({ checkpoint }), {
    kind: 'position',
    position: checkpoint,
    expired: 0,
    isReset: false,
  });
});

test('G9: earliest seeds a checkpoint before the first retained event, so that KEDA sees a single event too', () => {
  assert.deepEqual(plan({ properties: retained(500, 500) }), {
    kind: 'position',
    position: { sequenceNumber: 499, offset: '-1' },
    expired: 0,
    isReset: false,
  });
});

test('G9: latest seeds a checkpoint at the end, so that KEDA does not count what nobody will read', () => {
  assert.deepEqual(plan({ start: { at: 'latest' } }), {
    kind: 'position',
    position: { sequenceNumber: 999, offset: '-1' },
    expired: 0,
    isReset: false,
  });
});

test('a partition that was never used begins before its first event, whatever the start', () => {
  const properties = { ...retained(0, -1, true), lastOffset: '-1' };
  for (const at of ['earliest', 'latest'] as const) {
    const { position } = { position: undefined, ...plan({ properties, start: { at } }) };
    assert.deepEqual(position, { sequenceNumber: -1, offset: '-1' });
  }
});

test('G9: events that expired behind the checkpoint are passed and counted', () => {
  const checkpoint = { sequenceNumber: 100, offset: '@100' };
  assert.deepEqual(plan({ checkpoint }), {
    kind: 'position',
    position: { sequenceNumber: 899, offset: '-1' },
    expired: 799,
    isReset: false,
  });
});

test('G9: when everything expired the checkpoint goes to the end', () => {
  const checkpoint = { sequenceNumber: 100, offset: '@100' };
  const { position, expired } = {
    position: undefined,
    expired: 0,
    ...plan({ checkpoint, properties: retained(999, 999, true) }),
  };
  assert.deepEqual(position, { sequenceNumber: 999, offset: '-1' });
  assert.equal(expired, 899);
});

test('G9: a checkpoint beyond the end means a re-created hub: stop, or reset, never silence', () => {
  const checkpoint = { sequenceNumber: 9_000, offset: '@9000' };
  const properties = retained(0, 10);
  assert.deepEqual(plan({ checkpoint, properties }), { kind: 'recreated', checkpoint: 9_000, last: 10 });
  assert.deepEqual(plan({ checkpoint, properties, onRecreatedHub: 'reset' }), {
    kind: 'position',
    position: { sequenceNumber: -1, offset: '-1' },
    expired: 0,
    isReset: true,
  });
});

test('a start by time writes no checkpoint before the first event: a restart must begin at that time again', () => {
  assert.deepEqual(plan({ start: { at: 'time', enqueuedAfterMs: 5 } }), { kind: 'time', enqueuedAfterMs: 5 });
});

test('a broker that does not answer does not hold up a partition that has a checkpoint', () => {
  const checkpoint = { sequenceNumber: 100, offset: '@100' };
  const { position } = { position: undefined, ...plan({ checkpoint, properties: undefined }) };
  assert.deepEqual(position, checkpoint);
});

test('G1: an offset alone begins there: nothing is repeated, nothing called expired', () => {
  const checkpoint = { sequenceNumber: -1, offset: '@950' };
  const expected = { kind: 'position', position: checkpoint, expired: 0, isReset: false };
  assert.deepEqual(plan({ checkpoint }), expected);
});

test('G9: an offset alone that is the end, or behind which nothing is left, gets its sequence number', () => {
  const checkpoint = { sequenceNumber: -1, offset: '@999' };
  const { position } = { position: undefined, ...plan({ checkpoint }) };
  assert.deepEqual(position, { sequenceNumber: 999, offset: '@999' });
  const emptied = { position: undefined, ...plan({ checkpoint, properties: retained(1_200, 1_199, true) }) };
  assert.deepEqual(emptied.position, { sequenceNumber: 1_199, offset: '@999' });
});
