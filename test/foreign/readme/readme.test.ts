// The README's tests in other languages, each in a project of its own with `eventhub-worker` among the commands.
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readmeExample } from '../../support/readme-example.ts';
import { runCommand } from '../command.ts';
import type { CommandResult } from '../command.ts';
import { pythonWith } from '../peers/peer.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

const timeoutMs = 5 * 60_000;

interface Project {
  readonly folder: string;
  readonly run: (file: string, args: readonly string[]) => Promise<CommandResult>;
}

/** `host`: an address of its own, on which port 5672 is free. */
async function projectFor(t: TestContext, host: string, example: string, path = example): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'bin'));
  const command = join(folder, 'bin/eventhub-worker');
  await writeFile(
    command,
    `#!/bin/sh\nexec '${process.execPath}' '${root}src/main.ts' "$@" --host ${host}\n`,
  );
  await chmod(command, 0o755);
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), await readmeExample(example));
  const environment = { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  return { folder, run: (file, args) => runCommand(file, args, { cwd: folder, environment, timeoutMs }) };
}

function assertPassed({ exitCode, stdout, stderr }: CommandResult, passed: RegExp): void {
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(stdout, passed);
}

test("the README's Python test passes", async (t) => {
  const { run } = await projectFor(t, '127.0.0.81', 'test_orders.py');
  const venv = join(tmpdir(), 'readme-python');
  const python = await pythonWith(venv, ['azure-eventhub==5.15.1', 'pytest==9.2.0']);
  assertPassed(await run(python, ['-m', 'pytest', '-q']), /1 passed/);
});

test("the README's Go test passes", async (t) => {
  const { folder, run } = await projectFor(t, '127.0.0.82', 'orders_test.go');
  await cp(join(here, '../peers/go/go.mod'), join(folder, 'go.mod'));
  await cp(join(here, '../peers/go/go.sum'), join(folder, 'go.sum'));
  assertPassed(await run('go', ['test', '-v', './...']), /--- PASS: TestAnOrderArrives/);
});

test("the README's Java test passes", async (t) => {
  const { folder, run } = await projectFor(
    t,
    '127.0.0.83',
    'OrdersTest.java',
    'src/test/java/OrdersTest.java',
  );
  await cp(join(here, 'pom.xml'), join(folder, 'pom.xml'));
  assertPassed(await run('mvn', ['-B', 'test']), /Tests run: 1, Failures: 0, Errors: 0, Skipped: 0/);
});
