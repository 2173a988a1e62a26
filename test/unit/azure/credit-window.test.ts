// The bounds of a link's queue: events, bytes, slow start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CreditWindow } from '../../../src/azure/credit-window.ts';

test('opens with every batch that was taken, up to its bound in events', () => {
  const window = new CreditWindow({ maxEvents: 300, maxBytes: 1e9 });
  const seen: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const { credit } = window;
    seen.push(credit);
    for (let event = 0; event < credit; event += 1) window.arrived(10);
    window.taken(credit, credit * 10);
  }
  assert.deepEqual(seen, [64, 128, 256, 300, 300, 300]);
});

test('shrinks when events are large and takes credit back beyond its bound in bytes', () => {
  const window = new CreditWindow({ maxEvents: 1000, maxBytes: 10_000 });
  assert.equal(window.arrived(6000), false);
  assert.equal(window.credit, 0);
  assert.equal(window.arrived(6000), true);
  window.taken(2, 12_000);
  assert.equal(window.credit, 1);
});

test('an empty queue gets a credit even when one event is larger than the bound', () => {
  const window = new CreditWindow({ maxEvents: 10, maxBytes: 100 });
  window.arrived(5000);
  assert.equal(window.credit, 0);
  window.taken(1, 5000);
  assert.equal(window.credit, 1);
});

test('takes the length of the SDK queue as it is: after a reconnect it is empty', () => {
  const window = new CreditWindow({ maxEvents: 64, maxBytes: 1e6 });
  for (let event = 0; event < 64; event += 1) window.arrived(100);
  assert.equal(window.credit, 0);
  window.queueIs(0);
  assert.equal(window.queuedBytes, 0);
  assert.equal(window.credit, 64);
});

test('G7: never lets queued and outstanding events pass the bound, whatever comes and goes', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ size: fc.integer({ min: 1, max: 5000 }), take: fc.integer({ min: 1, max: 100 }) }),
        {
          maxLength: 60,
        },
      ),
      fc.integer({ min: 1, max: 500 }),
      (steps, maxEvents) => {
        const window = new CreditWindow({ maxEvents, maxBytes: 100_000 });
        const queue: number[] = [];
        for (const { size, take } of steps) {
          const { credit } = window;
          assert.ok(queue.length + credit <= maxEvents);
          for (let event = 0; event < credit; event += 1) {
            queue.push(size);
            if (window.arrived(size)) break;
          }
          const taken = queue.splice(0, take);
          window.taken(
            taken.length,
            taken.reduce((sum, bytes) => sum + bytes, 0),
          );
          assert.ok(window.queuedBytes <= 100_000 + 5000);
          if (queue.length === 0) assert.ok(window.credit >= 1);
        }
      },
    ),
  );
});
