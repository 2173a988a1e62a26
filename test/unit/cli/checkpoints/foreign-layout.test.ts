import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignPath, layouts, readForeign } from '../../../../src/cli/checkpoints/foreign-layout.ts';
import { changeOf, parseTarget, positionFor } from '../../../../src/cli/checkpoints/target.ts';

const names = { namespace: 'Contoso.servicebus.windows.net', eventHub: 'Orders', consumerGroup: '$Default' };

test("finds each program's blob where it puts it", () => {
  assert.deepEqual(
    layouts.map((layout) => foreignPath(layout, names, '3')),
    [
      'Contoso.servicebus.windows.net/Orders/$Default/3',
      'contoso.servicebus.windows.net/orders/$default/checkpoint/3',
      '3',
      'dapr-Orders-$Default-3',
      '$Default/3',
    ],
  );
});

test('reads the position of each layout, whatever the case of its fields', () => {
  const at = { kind: 'position', position: { sequenceNumber: 42, offset: '4200' } };
  assert.deepEqual(readForeign('blobMetadata', { sequencenumber: '42', offset: '4200' }, ''), at);
  assert.deepEqual(
    readForeign('azureFunction', {}, '{"SequenceNumber":42,"Offset":"4200","PartitionId":"3"}'),
    at,
  );
  assert.deepEqual(
    readForeign('goSdk', {}, '{"partitionID":"3","checkpoint":{"sequenceNumber":42,"offset":"4200"}}'),
    at,
  );
  assert.deepEqual(readForeign('dapr', {}, '{"checkpoint":{"sequenceNumber":42,"offset":"4200"}}'), at);
  assert.deepEqual(
    readForeign('default', {}, '{"sequence_number":42,"offset":"4200","partition_id":"3"}'),
    at,
  );
});

test('a blob without either is refused, one without an offset begins by sequence number', () => {
  const none = { kind: 'unreadable', why: 'it has neither a sequence number nor an offset' };
  assert.deepEqual(readForeign('azureFunction', {}, '{}'), none);
  assert.deepEqual(readForeign('azureFunction', {}, 'x'), {
    kind: 'unreadable',
    why: 'its content is no JSON',
  });
  assert.deepEqual(readForeign('blobMetadata', { sequencenumber: '7' }, ''), {
    kind: 'position',
    position: { sequenceNumber: 7, offset: '-1' },
  });
});

/** A lease of each JSON layout with these two values. */
function jsonLeases(offset: unknown, sequenceNumber: unknown): ReturnType<typeof readForeign>[] {
  const flat = {
    PartitionId: '3',
    Owner: 'a',
    Token: 'b',
    Epoch: 4,
    Offset: offset,
    SequenceNumber: sequenceNumber,
  };
  const nested = { partitionID: '3', epoch: 4, checkpoint: { offset, sequenceNumber }, state: 'available' };
  return [
    readForeign('azureFunction', {}, JSON.stringify(flat)),
    readForeign('default', {}, JSON.stringify(flat)),
    readForeign('goSdk', {}, JSON.stringify(nested)),
    readForeign('dapr', {}, JSON.stringify(nested)),
  ];
}

test('G1: a lease that was never checkpointed, or stands at the start or the end, has no position', () => {
  for (const offset of [null, '', '-1', '@latest', '@LATEST', 'None']) {
    for (const sequenceNumber of [0, -1, null, '']) {
      for (const reading of jsonLeases(offset, sequenceNumber)) {
        assert.deepEqual(reading, { kind: 'none' }, `${offset} ${sequenceNumber}`);
      }
    }
  }
});

test('G1: the first event of a partition is a position like any other', () => {
  for (const reading of jsonLeases('0', 0)) {
    assert.deepEqual(reading, { kind: 'position', position: { sequenceNumber: 0, offset: '0' } });
  }
});

test('checkpoints in metadata have no position where neither value names an event', () => {
  for (const [sequencenumber, offset] of [
    ['', ''],
    ['None', 'None'],
    ['-1', '-1'],
    ['-9223372036854775808', '-1'],
    ['9223372036854775807', ''],
    ['0', '@latest'],
  ] as const) {
    assert.deepEqual(readForeign('blobMetadata', { sequencenumber, offset }, ''), { kind: 'none' });
  }
});

const end = {
  partitionId: '0',
  beginSequenceNumber: 100,
  lastSequenceNumber: 199,
  lastOffset: '@199',
  lastEnqueuedAtMs: 0,
  isEmpty: false,
};

test('a target is a position within what is retained', () => {
  const sequenceOf = (given: string): number =>
    positionFor(parseTarget(given), end, undefined).sequenceNumber;
  assert.equal(sequenceOf('earliest'), 99);
  assert.equal(sequenceOf('latest'), 199);
  assert.equal(sequenceOf('sequence:150'), 149);
  assert.equal(sequenceOf('sequence:5'), 99);
  assert.equal(sequenceOf('sequence:9999'), 199);
  assert.equal(sequenceOf('2026-01-31T12:00:00Z'), 199, 'no event since then: the end');
  for (const wrong of ['', 'first', 'sequence:-1', 'sequence:x', '12:00'])
    assert.throws(() => parseTarget(wrong), /Allowed/);
});

test('a change counts what is repeated and what is skipped, retained events only', () => {
  const stored = (sequenceNumber: number) => ({
    partitionId: '0',
    sequenceNumber,
    offset: '',
    generation: 1,
    completed: '',
  });
  const to = (sequenceNumber: number) => ({ sequenceNumber, offset: '-1' });
  const counts = (from: number | undefined, target: number) => {
    const change = changeOf(from === undefined ? undefined : stored(from), to(target), end);
    return [change.repeatedEvents, change.skippedEvents];
  };
  assert.deepEqual(counts(150, 99), [51, 0]);
  assert.deepEqual(counts(150, 199), [0, 49]);
  assert.deepEqual(counts(undefined, 199), [0, 100]);
  assert.deepEqual(counts(20, 99), [0, 0], 'what expired can be neither');
});
