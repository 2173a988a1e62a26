// A short chaos run with a fixed seed; npm run chaos runs longer ones with any seed.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { runChaos } from './chaos-run.ts';

test('G1-G6: a minute of crashes, pauses, restarts and broken connections breaks no guarantee', async (t) => {
  const { summary, findings, problems, folder } = await runChaos({
    seconds: 60,
    seed: 1,
    workers: 3,
    partitions: 8,
    eventsPerSecond: 80,
    handlerMs: 50,
    tell: (line) => t.diagnostic(line),
  });
  const broken = findings.filter((finding) => !finding.isAllowed);
  const message = `${JSON.stringify(summary)}; logs and histories: ${folder}`;
  assert.deepEqual(broken, [], message);
  assert.deepEqual(problems, [], message);
  assert.ok(summary.handled > 0);
  rmSync(folder, { recursive: true });
});
