// How a worker ends, and what it leaves to the next one.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { until } from '../../chaos/until.ts';
import { exitCodeOf } from '../../support/processes.ts';
import { HandledFile } from './handled-file.ts';
import { Stack } from './stack.ts';

const events = 2000;

test('G4: SIGTERM ends with exit code 0, the last checkpoint written and every lease free; the next worker repeats nothing', async (t) => {
  const stack = await Stack.start(t, 4);
  const handled = await HandledFile.create(t);
  const first = await stack.worker({ ...handled.environment, WORKER_ID: 'w1', HANDLER_MS: '2' });
  await stack.send(events, 0);
  await until(
    'half of the events are handled',
    30_000,
    async () => (await handled.ids()).length > events / 2,
  );

  first.terminate();
  assert.equal(await exitCodeOf(first, 30_000), 0);
  const atEnd = await handled.ids();
  const leases = await stack.leases();
  assert.equal(leases.length, 4);
  for (const { partitionId, ownerId } of leases)
    assert.equal(ownerId, '', `partition ${partitionId} is free`);
  const ends = await stack.ends();
  const checkpoints = await stack.checkpoints();
  assert.ok(atEnd.length < events || sum(checkpoints) === sum(ends));

  const startedMs = performance.now();
  await stack.worker({ ...handled.environment, WORKER_ID: 'w2' });
  await stack.untilCheckpointed(30_000);
  t.diagnostic(`the second worker had everything after ${(performance.now() - startedMs).toFixed(0)} ms`);
  const ids = await handled.ids();
  assert.equal(new Set(ids).size, events, 'nothing is lost');
  assert.equal(ids.length, events, 'nothing is repeated');
});

test('a second SIGTERM ends at once, and what was running is handled by the next worker', async (t) => {
  const stack = await Stack.start(t, 2);
  const handled = await HandledFile.create(t);
  const slow = { ...handled.environment, HANDLER_MS: '20000', HANDLER_TIMEOUT_MS: '60000' };
  const first = await stack.worker({ ...slow, WORKER_ID: 'w1' });
  await stack.send(20, 0);
  await first.logged(/lease of partition 1 claimed/, 20_000);
  first.terminate();
  await first.logged(/draining/, 5000);
  // Sooner it would pass for the echo of the first.
  await delay(600);
  const askedMs = performance.now();
  first.terminate();
  await exitCodeOf(first, 15_000);
  assert.ok(performance.now() - askedMs < 12_000);

  await stack.worker({ ...handled.environment, WORKER_ID: 'w2' });
  await stack.untilCheckpointed(30_000);
  assert.equal(new Set(await handled.ids()).size, 20);
});

test('G1, G5: after kill -9 the same worker goes on where its checkpoints stand, and nothing is lost', async (t) => {
  const stack = await Stack.start(t, 4);
  const handled = await HandledFile.create(t);
  const environment = { ...handled.environment, WORKER_ID: 'w1', HANDLER_MS: '60' };
  const first = await stack.worker(environment);
  await stack.send(events, 0);
  await until('a checkpoint is written', 30_000, async () => sum(await stack.checkpoints()) > 0);
  first.kill();
  await first.ended;
  const doneBefore = (await handled.ids()).length;
  assert.ok(doneBefore < events, 'the crash came in the middle');
  const kept = sum(await stack.checkpoints());

  await stack.worker(environment);
  await stack.untilCheckpointed(40_000);
  const ids = await handled.ids();
  assert.equal(new Set(ids).size, events, 'nothing is lost');
  const repeated = ids.length - events;
  t.diagnostic(`${String(doneBefore)} handled before the crash, ${String(repeated)} of them again`);
  assert.ok(repeated <= doneBefore - kept, 'nothing at or below a checkpoint is repeated');
});

test('an error that escapes the handler ends the process in order: exit code 1, told, and every lease free', async (t) => {
  const stack = await Stack.start(t, 2);
  const worker = await stack.worker({ HANDLER: 'test/e2e/worker/escaping-handler.ts', WORKER_ID: 'w1' });
  await stack.send(1, 0);
  assert.equal(await exitCodeOf(worker, 30_000), 1);
  assert.match(worker.log(), /"level":"fatal".*thrown outside of the handler.*an error that nobody caught/);
  for (const { partitionId, ownerId } of await stack.leases()) {
    assert.equal(ownerId, '', `partition ${partitionId} is free`);
  }
});

function sum(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((total, value) => total + value, 0);
}
