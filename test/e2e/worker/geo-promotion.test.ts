// The primary region of a geo-replicated namespace changes under traffic: the same process goes on.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ControlledProcess } from '../../chaos/controlled-process.ts';
import { until } from '../../chaos/until.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { startAzurite, uniqueContainerName } from '../../support/azurite.ts';
import { exitCodeOf, startCommand } from '../../support/processes.ts';
import { HandledFile } from './handled-file.ts';

const hub = 'orders';
const partitions = 4;

interface World {
  readonly emulator: Emulator;
  readonly handled: HandledFile;
  /** Appends events with ids of their own, at about 500 a second, until it is stopped. Returns how many there were. */
  traffic(): () => Promise<number>;
  worker(): Promise<ControlledProcess>;
}

async function worldFor(t: TestContext, geoReplication: boolean): Promise<World> {
  const azurite = await startAzurite();
  t.after(async () => azurite.stop());
  const emulator = await startEmulator({ hubs: [{ name: hub, partitionCount: partitions }], geoReplication });
  t.after(async () => emulator.close());
  const [checkpoints, deadLetters] = [uniqueContainerName(), uniqueContainerName()];
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of [checkpoints, deadLetters]) await service.createContainer(name);
  const handled = await HandledFile.create(t);
  let nextId = 0;
  return {
    emulator,
    handled,
    traffic: () => {
      const ended = new AbortController();
      t.after(() => ended.abort());
      const sending = (async () => {
        while (!ended.signal.aborted) {
          for (let count = 0; count < 5; count += 1) {
            emulator.hub(hub).append(String(nextId % partitions), { body: { id: nextId } });
            nextId += 1;
          }
          await delay(10);
        }
      })();
      return async () => {
        ended.abort();
        await sending;
        return nextId;
      };
    },
    worker: async () =>
      await startCommand(t, ['run'], {
        ...handled.environment,
        EVENTHUB_CONNECTION_STRING: emulator.connectionString(),
        EVENTHUB_NAME: hub,
        STORAGE_CONNECTION_STRING: azurite.connectionString,
        CHECKPOINT_CONTAINER: checkpoints,
        DEAD_LETTER_CONTAINER: deadLetters,
        WORKER_ID: 'w1',
        TICK_MS: '1000',
        LEASE_MS: '6000',
        CHECKPOINT_EVERY_MS: '500',
        CHECKPOINT_IDLE_MS: '200',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '0',
      }),
  };
}

async function everyEventOnce(t: TestContext, { handled }: World, count: number): Promise<void> {
  await until('everything is handled', 60_000, async () => new Set(await handled.ids()).size >= count);
  const ids = await handled.ids();
  assert.equal(new Set(ids).size, count, 'nothing is lost');
  assert.equal(ids.length, count, 'nothing is repeated');
  t.diagnostic(`${count} events, 0 lost, 0 repeated`);
}

test('G1 G8: a promotion under traffic, twice: 0 lost, 0 repeated, no restart', async (t) => {
  const world = await worldFor(t, true);
  const stop = world.traffic();
  const worker = await world.worker();
  for (const round of [1, 2]) {
    const before = (await world.handled.ids()).length;
    await until('events are handled', 30_000, async () => (await world.handled.ids()).length > before + 500);
    world.emulator.promoteSecondary();
    t.diagnostic(`promotion ${round} after ${(await world.handled.ids()).length} events`);
  }
  await delay(1000);
  await everyEventOnce(t, world, await stop());
  assert.ok(worker.isRunning, worker.log());
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 30_000), 0);
});

test("G1 G4: a namespace becomes geo-replicated between two runs; the old offsets stand in nobody's way", async (t) => {
  const world = await worldFor(t, false);
  const stop = world.traffic();
  const first = await world.worker();
  await until('events are handled', 30_000, async () => (await world.handled.ids()).length > 500);
  first.terminate();
  assert.equal(await exitCodeOf(first, 30_000), 0);
  world.emulator.enableGeoReplication();
  world.emulator.promoteSecondary();
  const second = await world.worker();
  const before = (await world.handled.ids()).length;
  await until('the second goes on', 30_000, async () => (await world.handled.ids()).length > before + 500);
  await everyEventOnce(t, world, await stop());
  second.terminate();
  assert.equal(await exitCodeOf(second, 30_000), 0);
});
