// What the last owner finished above its watermark is passed, not handled, and still moves the checkpoint.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineHandler } from '../../../../src/engine/handling/handler.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

test('G9: a partition whose rest was finished by its last owner reaches its end', async () => {
  const world = engineWorld(['0'], (_, sequenceNumber) =>
    receivedEvent({ sequenceNumber, partitionKey: `k${sequenceNumber}` }),
  );
  world.hub.grow('0', 2_000);
  const never = new Promise<void>(() => {});
  await world.start(
    defineHandler({ onEvent: ({ sequenceNumber }) => (sequenceNumber === 0 ? never : undefined) }),
  );
  await world.clock.advance(20_000);

  // The next process under this id gets the rest only after its first checkpoint.
  const open = world.hub.open.bind(world.hub);
  world.hub.open = (options, listener) => {
    let calls = 0;
    return open(options, {
      ended: (end) => listener.ended(end),
      fault: (error) => listener.fault(error),
      receive: async (batch) => {
        calls += 1;
        if (calls === 2) await world.clock.sleep(10_000);
        await listener.receive(batch);
      },
    });
  };
  const nextProcess = { ...worldSettings, lease: { ...worldSettings.lease, nonce: 'next' } };
  const worker = await world.start(defineHandler({ onEvent: () => undefined }), nextProcess);
  await world.clock.advance(60_000);
  assert.equal((await world.group.readCheckpoint('0'))?.sequenceNumber, 1_999);
  assert.equal(worker.status().partitions[0]?.lagEvents, 0);
});
