import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admit } from '../../../src/emulator/hubs/receiver-roster.ts';
import type { Seat } from '../../../src/emulator/hubs/receiver-roster.ts';

const seat = (name: string, epoch?: bigint): Seat => ({ name, epoch });

test('G6: an equal or higher epoch takes over from everybody', () => {
  for (const epoch of [3n, 4n]) {
    const holder = seat('old', 3n);
    assert.deepEqual(admit([holder], seat('new', epoch)), { outcome: 'admitted', displaced: [holder] });
  }
});

test('G6: a lower epoch is refused while a higher one is there', () => {
  const holder = seat('old', 3n);
  assert.deepEqual(admit([holder], seat('new', 2n)), { outcome: 'epoch-too-low', holder, holderEpoch: 3n });
});

test('a receiver without an epoch is refused beside one that has one', () => {
  assert.deepEqual(admit([seat('old', 0n)], seat('new')), { outcome: 'epoch-required', holderEpoch: 0n });
});

test('an epoch displaces every receiver without one', () => {
  const seated = [seat('a'), seat('b')];
  assert.deepEqual(admit(seated, seat('new', 0n)), { outcome: 'admitted', displaced: seated });
});

test('five receivers without an epoch may share a partition, a sixth may not', () => {
  const seated = ['a', 'b', 'c', 'd', 'e'].map((name) => seat(name));
  assert.equal(admit(seated.slice(1), seat('f')).outcome, 'admitted');
  assert.deepEqual(admit(seated, seat('f')), { outcome: 'full', names: ['a', 'b', 'c', 'd', 'e'] });
});

test('when the holder has left any epoch is admitted', () => {
  assert.equal(admit([], seat('new', 0n)).outcome, 'admitted');
});
