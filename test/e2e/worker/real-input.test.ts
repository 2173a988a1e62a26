// The whole way with real data: a file of 171,075 lines sent by `send`, handled by two workers, one of them restarted in
// the middle.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../chaos/until.ts';
import { exitCodeOf, startCommand } from '../../support/processes.ts';
import { writeCityLines } from './cities.ts';
import { HandledFile } from './handled-file.ts';
import { Stack } from './stack.ts';

test('G1, G4: every city of a real data set is handled, across a restart, and every checkpoint is at the end', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cities-'));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'cities.jsonl');
  const lines = await writeCityLines(path);
  assert.ok(lines >= 100_000);

  const stack = await Stack.start(t, 8);
  const handled = await HandledFile.create(t);
  const count = async (): Promise<number> => (await handled.ids()).length;
  const startedMs = performance.now();
  await stack.worker({ ...handled.environment, WORKER_ID: 'w1' });
  const second = await stack.worker({ ...handled.environment, WORKER_ID: 'w2' });
  await until('both workers own partitions', 30_000, async () => {
    const owners = new Set((await stack.leases()).map(({ ownerId }) => ownerId));
    return owners.has('w1') && owners.has('w2');
  });

  const sendStartedMs = performance.now();
  const send = await startCommand(t, ['send', '--file', path, '--key-field', 'region'], stack.environment);
  await until('a third is handled', 120_000, async () => (await count()) > lines / 3, 500);
  second.terminate();
  assert.equal(await exitCodeOf(second, 30_000), 0);
  const atRestart = await count();
  await stack.worker({ ...handled.environment, WORKER_ID: 'w2' });

  assert.equal(await exitCodeOf(send, 180_000), 0, send.log());
  const sendSeconds = (performance.now() - sendStartedMs) / 1000;
  await stack.untilCheckpointed(120_000);
  const seconds = (performance.now() - startedMs) / 1000;

  const ids = await handled.ids();
  const ends = await stack.ends();
  const checkpoints = await stack.checkpoints();
  const stored = [...ends.values()].reduce((sum, last) => sum + last + 1, 0);
  t.diagnostic(
    `${String(lines)} lines, ${String(stored)} events stored, ${String(ids.length)} handled, ` +
      `${String(ids.length - new Set(ids).size)} repeated; restarted at ${String(atRestart)}; ` +
      `sent in ${sendSeconds.toFixed(1)} s, all done after ${seconds.toFixed(1)} s`,
  );
  assert.equal(new Set(ids).size, lines, 'distinct events handled equal the lines sent');
  assert.equal(stored, lines, 'the hub holds each line once');
  assert.equal(ids.length, lines, 'an orderly restart repeats nothing');
  for (const [partitionId, last] of ends) assert.equal(checkpoints.get(partitionId), last);
});
