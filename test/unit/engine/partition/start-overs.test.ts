// Beginning a partition anew, again and again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkListener, LinkOptions } from '../../../../src/engine/ports.ts';
import { StartOvers } from '../../../../src/engine/partition/start-overs.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

test('the first start-over is due at once, the next ones at growing distances with a bound, each partition for itself', () => {
  const startOvers = new StartOvers();
  const pauses = [0, 1, 2, 3].map(() => startOvers.pauseMs('0', 0, { next: () => 1 }));
  assert.deepEqual(pauses, [0, 1_000, 2_000, 4_000]);
  for (let more = 0; more < 40; more += 1) startOvers.pauseMs('0', 0, { next: () => 0 });
  assert.equal(startOvers.pauseMs('0', 0, { next: () => 0 }), 150_000);
  assert.equal(startOvers.pauseMs('1', 0, { next: () => 0 }), 0);
  assert.equal(startOvers.pauseMs('0', 1_000_000, { next: () => 0 }), 0, 'forgotten after a while');
});

test('G8: a hub that refuses every position costs a few leases, not thousands', async () => {
  const world = engineWorld(['0'], (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
  world.hub.grow('0', 10);
  Reflect.set(world.hub, 'open', (_: LinkOptions, listener: LinkListener) => {
    world.clock.schedule(1, () => listener.ended({ kind: 'invalid-position' }));
    return { close: async () => {} };
  });
  await world.start({ onEvent: () => {} }, { ...worldSettings, onRecreatedHub: 'reset' });
  await world.clock.advance(600_000);
  const claims = world.reports.filter(({ kind }) => kind === 'hub-recreated').length;
  assert.ok(claims >= 3 && claims <= 12, `${claims} times begun anew in ten minutes`);
});
