// What programs store where they mean an event, and where they mean none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readStoredPosition } from '../../../src/engine/stored-position.ts';

const read = (sequence: unknown, offset: unknown) =>
  readStoredPosition(sequence, offset, { isZeroUnwritten: false });

test('reads numbers and texts alike, and an offset without its number', () => {
  const at = (sequenceNumber: number, offset: string) => ({
    kind: 'position',
    position: { sequenceNumber, offset },
  });
  assert.deepEqual(read('7', '4200'), at(7, '4200'));
  assert.deepEqual(read(7, 4200), at(7, '4200'));
  assert.deepEqual(read('7', '1:2:77'), at(7, '1:2:77'));
  assert.deepEqual(read('7', 'no-offset'), at(7, '-1'));
  assert.deepEqual(read('0', ''), at(0, '-1'));
  assert.deepEqual(read(undefined, '4200'), at(-1, '4200'));
  assert.deepEqual(read('-9223372036854775808', '4200'), at(-1, '4200'));
  assert.deepEqual(read(-9223372036854775808, '4200'), at(-1, '4200'));
});

test('tells numbers that no event has', () => {
  for (const sequence of ['-2', '9007199254740992', '5.5', '1e3x', -7, 1e300]) {
    assert.equal(read(sequence, '4200').kind, 'out-of-range', String(sequence));
  }
});

test('G1: the end of the stream is never a position, whatever number stands beside it', () => {
  assert.deepEqual(read('7', '@latest'), { kind: 'none' });
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom('@latest', '@Latest', ' @latest '), (sequence, offset) => {
      assert.notEqual(readSafely(sequence, offset), 'position');
    }),
  );
});

test('whatever is stored, the answer is a position within range or none', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.boolean(), (sequence, offset, isZeroUnwritten) => {
      const stored = readStoredPosition(sequence, offset, { isZeroUnwritten });
      if (stored.kind !== 'position') return;
      const { sequenceNumber, offset: place } = stored.position;
      assert.ok(Number.isSafeInteger(sequenceNumber) && sequenceNumber >= -1);
      assert.ok(place !== '' && (sequenceNumber >= 0 || place !== '-1'));
    }),
  );
});

function readSafely(sequence: unknown, offset: unknown): string {
  return read(sequence, offset).kind;
}
