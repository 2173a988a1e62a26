import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as realSleep } from 'node:timers/promises';
import { sleep } from '../../../src/engine/waiting.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';

describe('the skipping clock', () => {
  it('jumps over an hour in which nothing runs', async () => {
    const clock = new SkippingClock(1000);
    const started = performance.now();
    await sleep(clock, 3_600_000);
    assert.equal(clock.monotonicMs(), 3_600_000);
    assert.equal(clock.nowMs(), 3_601_000);
    assert.ok(performance.now() - started < 1000);
  });

  it('fires timers by due time, equal ones in the order in which they were set', async () => {
    const clock = new SkippingClock(0);
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ['late', 20],
      ['first', 10],
      ['second', 10],
    ] as const) {
      clock.schedule(delayMs, () => fired.push(`${name}@${clock.monotonicMs()}`));
    }
    await sleep(clock, 30);
    assert.deepEqual(fired, ['first@10', 'second@10', 'late@20']);
  });

  it('does not call back what was cancelled or stopped', async () => {
    const clock = new SkippingClock(0);
    let fired = 0;
    const cancel = clock.schedule(5, () => (fired += 1));
    cancel();
    await sleep(clock, 10);
    clock.schedule(5, () => (fired += 1));
    clock.stop();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(fired, 0);
  });

  it('keeps to real time while a call runs, so that a long timeout does not strike at once', async () => {
    const clock = new SkippingClock(0);
    let struck = false;
    clock.schedule(60_000, () => (struck = true));
    await clock.during(() => realSleep(5));
    assert.equal(struck, false);
    assert.ok(clock.monotonicMs() >= 4 && clock.monotonicMs() < 5000);
  });

  it('lets a timeout strike a call that takes longer', async () => {
    const clock = new SkippingClock(0);
    const abortion = new AbortController();
    clock.schedule(10, () => abortion.abort(new Error('too long')));
    const call = clock.during(() => realSleep(30_000, undefined, { signal: abortion.signal }));
    await assert.rejects(call, { name: 'AbortError' });
    assert.ok(clock.monotonicMs() >= 10);
  });
});
