import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EventLoopProbe } from '../../../src/http/event-loop-probe.ts';
import { maxStarvedMs } from '../../../src/http/health.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function startedProbe(): { clock: ManualClock; probe: EventLoopProbe } {
  const clock = new ManualClock();
  const probe = new EventLoopProbe(clock);
  probe.start();
  return { clock, probe };
}

it('is calm while timers come in time, however long', () => {
  const { clock, probe } = startedProbe();
  clock.advance(3_600_000);
  assert.deepEqual(probe.health(), { maxLateMs: 0, starvedMs: 0 });
});

it('takes one long pause for a suspended process, not for a blocked loop', () => {
  const { clock, probe } = startedProbe();
  clock.block(600_000);
  assert.deepEqual(probe.health(), { maxLateMs: 599_000, starvedMs: 0 });
});

it('counts the time during which no timer at all came in time', () => {
  const { clock, probe } = startedProbe();
  for (let passed = 0; passed < maxStarvedMs; passed += 10_000) clock.block(10_000);
  assert.equal(probe.health().starvedMs, maxStarvedMs);
  clock.advance(1000);
  assert.equal(probe.health().starvedMs, 0);
});

it('forgets a late timer after a minute', () => {
  const { clock, probe } = startedProbe();
  clock.block(9000);
  clock.advance(61_000);
  assert.equal(probe.health().maxLateMs, 0);
});
