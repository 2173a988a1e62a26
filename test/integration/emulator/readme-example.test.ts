// The README's JavaScript test, run in a project that has the package installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readmeExample } from '../../support/readme-example.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test("the README's JavaScript test passes in a project of its own", async (t) => {
  const project = await mkdtemp(join(tmpdir(), 'readme-javascript-'));
  t.after(() => rm(project, { recursive: true }));
  await mkdir(join(project, 'node_modules/@azure'), { recursive: true });
  await symlink(root, join(project, 'node_modules/eventhub-worker'));
  await symlink(
    join(root, 'node_modules/@azure/event-hubs'),
    join(project, 'node_modules/@azure/event-hubs'),
  );
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await writeFile(join(project, 'orders.test.js'), await readmeExample('orders.test.js'));
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', 'orders.test.js'], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.match(run.stdout, /^# pass 1$/m, run.stdout + run.stderr);
  assert.equal(run.status, 0);
});
