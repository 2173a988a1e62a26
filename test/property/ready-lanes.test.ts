// The order in which lanes have their turns, against a model that looks through all of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InFlight } from '../../src/engine/partition/in-flight.ts';
import { Lanes } from '../../src/engine/partition/lanes.ts';
import { Watermark } from '../../src/engine/partition/watermark.ts';
import { receivedEvent } from '../support/received-event.ts';

const move = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), key: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(100) }) },
);

test('G2, G9: what is taken is always the oldest event whose key is free', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
      const watermark = new Watermark('0', { sequenceNumber: -1, offset: '-1' });
      const lanes = new Lanes();
      const waiting: { readonly sequenceNumber: number; readonly key: string | undefined }[] = [];
      const taken: { readonly item: InFlight; readonly key: string | undefined }[] = [];
      let next = 0;
      for (const step of moves) {
        if (step.kind === 'add') {
          // Key 0 plays the events without a key.
          const key = step.key === 0 ? undefined : `k${step.key}`;
          lanes.add(watermark.admit(receivedEvent({ sequenceNumber: next })), key);
          waiting.push({ sequenceNumber: next, key });
          next += 1;
        } else if (step.kind === 'take') {
          const expected = waiting.findIndex(
            ({ key }) => key === undefined || taken.every((other) => other.key !== key),
          );
          const item = lanes.takeOne();
          assert.equal(item?.sequenceNumber, waiting[expected]?.sequenceNumber);
          if (item !== undefined) taken.push({ item, key: waiting.splice(expected, 1)[0]?.key });
        } else if (taken.length > 0) {
          const [done] = taken.splice(step.which % taken.length, 1);
          if (done?.item.lane !== undefined) lanes.release(done.item.lane);
        }
      }
    }),
    { numRuns: 500 },
  );
});
