// A partition that was leased and cannot begin.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

test('G10: a partition whose checkpoint cannot be read counts as stalled, not as one without lag', async () => {
  const world = engineWorld(['0'], (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
  world.hub.grow('0', 10);
  Reflect.set(world.group, 'readCheckpoint', async () =>
    Promise.reject(new Error('what it holds is no checkpoint')),
  );
  const worker = await world.start({ onEvent: () => {} });
  assert.deepEqual(stalledOf(worker), [['taking', false]]);
  await world.clock.advance(worldSettings.watch.stallTimeoutMs);
  assert.deepEqual(stalledOf(worker), [['taking', true]]);
});

function stalledOf(worker: Awaited<ReturnType<ReturnType<typeof engineWorld>['start']>>) {
  return worker.status().partitions.map(({ state, stalled }) => [state, stalled]);
}
