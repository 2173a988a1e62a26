import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

async function firingOrder(seed: number): Promise<string> {
  const clock = new VirtualClock({ random: new SeededRandom(seed) });
  const fired: number[] = [];
  for (let index = 0; index < 8; index += 1) clock.schedule(5, () => fired.push(index));
  await clock.advance(5);
  return fired.join('');
}

test('fires timers in order of time and runs all promise work in between', async () => {
  const clock = new VirtualClock();
  const story: string[] = [];
  clock.schedule(20, () => story.push(`second at ${clock.monotonicMs()}`));
  clock.schedule(10, () => {
    story.push('first');
    void (async () => {
      for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
      story.push(`its promises at ${clock.monotonicMs()}`);
    })();
  });
  await clock.advance(30);
  assert.deepEqual(story, ['first', 'its promises at 10', 'second at 20']);
  assert.equal(clock.monotonicMs(), 30);
});

test('a cancelled timer never fires and is not pending', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const cancel = clock.schedule(1, () => (fired += 1));
  clock.schedule(2, () => (fired += 1));
  cancel();
  cancel();
  assert.equal(clock.pendingTimers, 1);
  await clock.advance(10);
  assert.equal(fired, 1);
  assert.equal(clock.pendingTimers, 0);
});

test('keeps thousands of timers in order', async () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(7);
  const fired: number[] = [];
  for (let index = 0; index < 5_000; index += 1) {
    const delayMs = random.integer(0, 100_000);
    const cancel = clock.schedule(delayMs, () => fired.push(delayMs));
    if (random.chance(0.3)) cancel();
  }
  await clock.advance(100_000);
  assert.deepEqual(
    fired,
    [...fired].sort((a, b) => a - b),
  );
  assert.ok(fired.length > 3_000);
});

test('one seed gives one order among timers of the same millisecond, another seed another', async () => {
  assert.equal(await firingOrder(1), await firingOrder(1));
  const orders = new Set(await Promise.all([1, 2, 3, 4, 5].map((seed) => firingOrder(seed))));
  assert.ok(orders.size > 1);
});

test('runUntil stops at the moment its condition holds, and at its limit otherwise', async () => {
  const clock = new VirtualClock();
  let isReady = false;
  clock.schedule(40, () => (isReady = true));
  clock.schedule(41, () => assert.fail('too far'));
  assert.equal(await clock.runUntil(() => isReady, 1_000), true);
  assert.equal(clock.monotonicMs(), 40);
  const quiet = new VirtualClock();
  assert.equal(await quiet.runUntil(() => false, 1_000), false);
  assert.equal(quiet.monotonicMs(), 1_000);
});

test('a loop of zero delays is an error, not a hang', async () => {
  const clock = new VirtualClock();
  const spin = (): void => {
    clock.schedule(0, spin);
  };
  spin();
  await assert.rejects(clock.advance(1), /stands still/);
});
