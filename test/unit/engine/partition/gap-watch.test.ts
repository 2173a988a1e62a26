// G11: what is missing in two readings is not there; what the second one brings was lost on its way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GapWatch } from '../../../../src/engine/partition/gap-watch.ts';

/** What a partition shows when it is read on from `after`, as events beyond the first gap. */
const beyond = [16, 17, 20, 21];

test('G11: a gap is read again once, and confirmed when the second reading has it too', () => {
  const watch = new GapWatch();
  assert.equal(watch.judge({ from: 11, to: 15 }, beyond, 0), 'read-again');
  assert.equal(watch.judge({ from: 11, to: 15 }, beyond, 0), 'confirmed');
});

test('G11: the second reading confirms every gap that the first one went past, and none beyond it', () => {
  const watch = new GapWatch();
  watch.judge({ from: 11, to: 15 }, beyond, 0);
  watch.judge({ from: 11, to: 15 }, beyond, 0);
  watch.noteTaken(16);
  assert.equal(watch.judge({ from: 18, to: 19 }, [20, 21], 0), 'confirmed');
  watch.noteTaken(21);
  assert.equal(watch.judge({ from: 22, to: 22 }, [23], 0), 'read-again');
});

test('G11: what is left of a gap that healed in part was missing twice', () => {
  const watch = new GapWatch();
  watch.judge({ from: 11, to: 15 }, beyond, 0);
  watch.noteTaken(11);
  watch.noteTaken(12);
  assert.equal(watch.judge({ from: 13, to: 15 }, beyond, 0), 'confirmed');
});

test('G11: a second reading that lacks what the first one had is read again, a bounded number of times', () => {
  const watch = new GapWatch();
  assert.equal(watch.judge({ from: 11, to: 15 }, beyond, 0), 'read-again');
  assert.equal(watch.judge({ from: 11, to: 16 }, [17, 20], 0), 'read-again');
  assert.equal(watch.judge({ from: 11, to: 17 }, [20], 0), 'confirmed');
});

/** Confirms so many gaps, each by a second reading of its own. */
function confirm(watch: GapWatch, gaps: number, nowMs: number): void {
  for (let index = 0; index < gaps; index += 1) {
    const from = index * 10;
    watch.judge({ from, to: from + 1 }, [from + 2], nowMs);
    watch.judge({ from, to: from + 1 }, [from + 2], nowMs);
    watch.noteTaken(from + 2);
  }
}

test('G11: where gaps were confirmed three times in a row, a second reading is made once a minute', () => {
  const watch = new GapWatch();
  confirm(watch, 3, 1_000);
  assert.equal(watch.judge({ from: 101, to: 101 }, [102], 60_999), 'unchecked');
  assert.equal(watch.judge({ from: 103, to: 103 }, [104], 61_000), 'read-again');
  assert.equal(watch.judge({ from: 103, to: 103 }, [104], 61_500), 'confirmed');
  assert.equal(watch.judge({ from: 105, to: 105 }, [106], 62_000), 'unchecked');
});

test('G11: a gap that healed brings back the second reading of each', () => {
  const watch = new GapWatch();
  confirm(watch, 3, 0);
  assert.equal(watch.judge({ from: 101, to: 102 }, [103], 60_000), 'read-again');
  watch.noteTaken(101);
  watch.noteTaken(102);
  watch.noteTaken(103);
  assert.equal(watch.judge({ from: 104, to: 104 }, [105], 60_001), 'read-again');
});

test('G11: whatever two readings show, nothing that either of them had is passed', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(numbers, numbers, (one, two) => {
      const readings = [one.toSorted((a, b) => a - b), two.toSorted((a, b) => a - b)];
      const watch = new GapWatch();
      const passed: number[] = [];
      let head = 0;
      for (const reading of readings) {
        for (const [index, number] of reading.entries()) {
          if (number <= head) continue;
          if (number > head + 1) {
            const gap = { from: head + 1, to: number - 1 };
            if (watch.judge(gap, reading.slice(index), 0) === 'read-again') break;
            for (let empty = gap.from; empty <= gap.to; empty += 1) passed.push(empty);
          }
          watch.noteTaken(number);
          head = number;
        }
      }
      for (const number of passed) assert.ok(!one.includes(number) && !two.includes(number), `${number}`);
    }),
  );
});
