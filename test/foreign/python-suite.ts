// The tests that come in the source archives of Python's azure-eventhub and its blob checkpoint stores, on the emulator and
// Azurite. Most of them wait most of the time (the SDK's back-off): many run side by side.

import { access, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { mustRun, runCommand } from './command.ts';
import { pythonWith } from './peers/peer.ts';
import type { ForeignTest, KnownGap, SuiteRun } from './suite-report.ts';
import { startForeignWorld } from './world.ts';

const here = fileURLToPath(new URL('python/', import.meta.url));

const version = '5.15.1';

/** Where each archive's tests go: the folder is the head of their names. */
const archives = {
  eventhub: `azure-eventhub==${version}`,
  blob: 'azure-eventhub-checkpointstoreblob==1.2.0',
  blobaio: 'azure-eventhub-checkpointstoreblob-aio==1.2.0',
} as const;

const tools = [
  'azure-identity==1.25.1',
  'aiohttp==3.14.5',
  'pytest==9.2.0',
  'pytest-asyncio==1.5.0',
  'pytest-timeout==2.4.0',
  'pytest-xdist==3.8.0',
  'python-dotenv==1.2.4',
  'websocket-client==1.9.2',
];

const host = '127.0.0.64';
const sideBySide = 24;
const hubNames = Array.from({ length: sideBySide * 30 }, (_, index) => `hub-${String(index)}`);

const live = 'eventhub/livetest';
const producerTests = (name: string): string[] => [
  `${live}/synctests/test_buffered_producer.py::${name}[pyamqp]`,
  `${live}/asynctests/test_buffered_producer_async.py::${name}[pyamqp]`,
];

const gaps: readonly KnownGap[] = [
  ...producerTests('test_long_sleep').map((test) => ({
    test,
    reason: 'waits for four minutes',
    isLeftOut: true,
  })),
  ...[
    `${live}/synctests/test_negative.py::test_client_invalid_credential[pyamqp]`,
    `${live}/asynctests/test_negative_async.py::test_client_invalid_credential_async[pyamqp]`,
  ].map((test) => ({ test, reason: "waits for five minutes of the SDK's own back-off", isLeftOut: true })),
  ...producerTests('test_long_wait_small_buffer').map((test) => ({
    test,
    reason: 'skips itself: "not testing correctly + flaky"',
  })),
  {
    test: `${live}/synctests/test_send.py::test_send_and_receive_large_body_size[pyamqp]`,
    reason: 'skips itself: "open issue regarding write timeout"',
  },
];

export async function runPythonSuite(): Promise<SuiteRun> {
  const startedMs = performance.now();
  const kept = join(tmpdir(), 'foreign-python');
  await mkdir(kept, { recursive: true });
  const python = await pythonWith(join(kept, 'venv'), [...Object.values(archives), ...tools]);
  const folder = await mkdtemp(join(tmpdir(), 'foreign-python-run-'));
  const world = await startForeignWorld({
    host,
    hubs: hubNames.map((name) => ({ name, partitionCount: 2 })),
  });
  const [emulator] = world.emulators;
  if (emulator === undefined) throw new Error('no namespace was started');
  try {
    for (const [name, requirement] of Object.entries(archives)) {
      await cp(await unpacked(python, join(kept, name), requirement), join(folder, name), {
        recursive: true,
      });
      // Theirs makes hubs in Azure; ours stands one level above.
      await rm(join(folder, name, 'conftest.py'), { force: true });
    }
    await cp(here, folder, { recursive: true });
    const reportFile = join(folder, 'report.jsonl');
    const leftOut = gaps.filter((gap) => gap.isLeftOut).map(({ test }) => `--deselect=${test}`);
    const ignored = ['perfstress_tests', 'scripts'].map((name) => `--ignore=eventhub/${name}`);
    const bounds = [`-n${String(sideBySide)}`, '--dist=worksteal', '--timeout=150', '--sleep=False'];
    const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...bounds, ...ignored, ...leftOut];
    const result = await runCommand(python, [...args, ...Object.keys(archives)], {
      cwd: folder,
      environment: {
        ...world.identity,
        SSL_CERT_FILE: world.certificateFile,
        REQUESTS_CA_BUNDLE: world.certificateFile,
        EVENTHUB_HOST: host,
        EVENTHUB_NAMES: hubNames.join(','),
        AZURE_STORAGE_ACCOUNT: 'devstoreaccount1',
        BLOB_PORT: new URL(world.storageUrl).port,
        CONTROL_URL: `http://${host}:${String(emulator.controlPort)}`,
        CONTROL_TOKEN: emulator.controlToken ?? '',
        REPORT_FILE: reportFile,
      },
      timeoutMs: 9 * 60_000,
    });
    const tests = await readPythonTests(reportFile);
    if (result.isTimedOut || tests.length === 0) throw new Error(`pytest: ${result.stdout.slice(-4000)}`);
    const seconds = (performance.now() - startedMs) / 1000;
    return { suite: 'Python azure-eventhub, its own tests', version, tests, gaps, seconds };
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tests of a source archive, downloaded once. */
async function unpacked(python: string, folder: string, requirement: string): Promise<string> {
  const archiveFolder = join(folder, requirement);
  const testsFolder = join(archiveFolder, 'tests');
  if (await isThere(testsFolder)) return testsFolder;
  await mkdir(archiveFolder, { recursive: true });
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', ':all:', requirement];
  await mustRun(python, download, { cwd: archiveFolder, timeoutMs: 5 * 60_000 });
  const [archive = ''] = (await readdir(archiveFolder)).filter((name) => name.endsWith('.tar.gz'));
  const unpack = ['-xzf', archive, '--strip-components=1', '--wildcards', '*/tests'];
  await mustRun('tar', unpack, { cwd: archiveFolder, timeoutMs: 60_000 });
  return testsFolder;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

const lineSchema = z.strictObject({
  test: z.string(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  said: z.string(),
});

/** One line per phase that decided something (python/conftest.py): the worst of them is the test's outcome. */
async function readPythonTests(file: string): Promise<ForeignTest[]> {
  const tests = new Map<string, ForeignTest>();
  const text = await readFile(file, 'utf8').catch(() => '');
  for (const line of text.split('\n').filter(Boolean)) {
    const { test: name, outcome, said } = lineSchema.parse(JSON.parse(line));
    if (tests.get(name)?.outcome !== 'failed') tests.set(name, { name, outcome, said });
  }
  return [...tests.values()];
}
