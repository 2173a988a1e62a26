// G1-G6, G9, G10 over a fixed set of random runs; thousands more: npm run simulate. A seed that ever failed for a defect
// of the engine is in this set for good.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runSeed } from './harness/run-seed.ts';
import { printTimeline } from './harness/trace.ts';

const seedsPerTest = 50;
const tests = 4;
/**
 * Seeds above the range that failed once. 399: a gap asked for another reading while a renewal was pending, and the link went on
 * behind it. 907: a stop beside a failing last flush called it stored.
 */
const remembered: readonly number[] = [399, 907];

/** What a set of runs has to come across at least once, as the timeline has it. */
const sights = [
  'change=handed-over',
  'change=received',
  'change=claimed-expired',
  'change=claimed-own',
  'lease.suspended',
  'lease.resumed',
  'ended: fenced',
  'crashed',
  '412 after commit',
  'late-result',
  'dead letter',
  'gets lost',
  'numbers without events',
  'recycle-link',
  '(undecodable)',
] as const;

async function assertGood(seed: number): Promise<void> {
  const { failures } = await runSeed(seed);
  if (failures.length === 0) return;
  const { lines } = await runSeed(seed, true);
  const tail = printTimeline(lines.slice(-200));
  assert.fail(
    `seed ${seed}:\n  ${failures.join('\n  ')}\nThe end of its timeline (all of it: npm run simulate -- --seeds 1 --first ${seed} --timeline):\n${tail}`,
  );
}

for (let index = 0; index < tests; index += 1) {
  const first = index * seedsPerTest + 1;
  test(`G1-G6, G9, G10: seeds ${first} to ${first + seedsPerTest - 1} hold every guarantee`, async () => {
    for (let seed = first; seed < first + seedsPerTest; seed += 1) await assertGood(seed);
  });
}

test('seeds that failed once hold every guarantee', async () => {
  for (const seed of remembered) await assertGood(seed);
});

test('one seed is one run: its timeline is the same each time', async () => {
  const [first, second] = [await runSeed(3, true), await runSeed(3, true)];
  assert.equal(printTimeline(second.lines), printTimeline(first.lines));
});

test('the runs meet what they are made for: repeated events, lost leases, handovers, timeouts', async () => {
  const met = new Set<string>();
  for (let seed = 1; seed <= tests * seedsPerTest && met.size < sights.length; seed += 1) {
    for (const { text } of (await runSeed(seed, true)).lines) {
      for (const sight of sights) if (text.includes(sight)) met.add(sight);
    }
  }
  assert.deepEqual(
    sights.filter((sight) => !met.has(sight)),
    [],
    'in none of the runs',
  );
});
