// Other languages' official SDKs against the emulator: Python, Go (as KEDA uses it) and Java, each installed into a folder of
// the system's temporary directory that is kept for the next run. They need the network and minutes the first time, so they
// run only when asked:
//   EMULATOR_PEERS=python,go,java node --test test/integration/emulator-peers/peers.test.ts
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '../../../src/emulator/index.ts';
import { partitionOfKey } from '../../../src/emulator/hubs/partition-key.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = new Set((process.env['EMULATOR_PEERS'] ?? '').split(',').filter(Boolean));

/** What each peer prints at its end, as JSON on one line. */
interface PeerReport {
  readonly hub: string;
  readonly partitionIds: readonly string[];
  /** Of partition 3, before anything was sent: begin, last sequence number, last offset, is empty. */
  readonly unused: readonly unknown[];
  /** Of the five events sent with the key "k1": their sequence numbers, keys and bodies in the order received. */
  readonly keyed: readonly { readonly sequenceNumber: number; readonly key: string; readonly body: string }[];
  /** Length of the one large event sent to partition 1. */
  readonly largeBytes: number;
  /** Sequence numbers received from the keyed partition after position 2. */
  readonly afterTwo: readonly number[];
}

interface Peer {
  readonly name: string;
  readonly tool: string;
  install(folder: string): Promise<void>;
  command(folder: string): Promise<readonly [file: string, args: readonly string[]]>;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

const peers: readonly Peer[] = [
  {
    name: 'python',
    tool: 'python3',
    async install(folder) {
      if (!(await exists(join(folder, 'venv')))) await run('python3', ['-m', 'venv', join(folder, 'venv')]);
      await run(join(folder, 'venv/bin/pip'), ['install', '--quiet', 'azure-eventhub==5.15.1']);
    },
    command: async (folder) => [join(folder, 'venv/bin/python'), [join(folder, 'peer.py')]],
  },
  {
    name: 'go',
    tool: 'go',
    install: async (folder) => void (await run('go', ['build', '-o', 'peer', '.'], { cwd: folder })),
    command: async (folder) => [join(folder, 'peer'), []],
  },
  {
    name: 'java',
    tool: 'mvn',
    install: async (folder) => {
      const goals = ['-q', '-B', 'compile', 'dependency:copy-dependencies'];
      await run('mvn', goals, { cwd: folder });
    },
    command: async (folder) => [
      'java',
      ['-cp', `${folder}/target/classes:${folder}/target/dependency/*`, 'Peer'],
    ],
  },
];

for (const peer of peers) {
  test(`the ${peer.name} SDK reads properties, sends and receives`, { timeout: 600_000 }, async (t) => {
    if (!wanted.has(peer.name))
      return t.skip(`set EMULATOR_PEERS=${peer.name} to run it (installs packages)`);
    const hasTool = await run('sh', ['-c', `command -v ${peer.tool}`]).catch(() => undefined);
    if (hasTool === undefined) return t.skip(`${peer.tool} is not installed here`);
    const folder = join(tmpdir(), `eventhub-emulator-peer-${peer.name}`);
    await mkdir(folder, { recursive: true });
    await cp(join(here, peer.name), folder, { recursive: true });
    await peer.install(folder);
    await check(t, peer, folder);
  });
}

async function check(t: TestContext, peer: Peer, folder: string): Promise<void> {
  const emulator = await startEmulator({
    // An address of its own and the default port: the Java and KEDA clients take no port in the Endpoint.
    host: '127.0.0.61',
    port: 5672,
    hubs: [{ name: 'Orders', partitionCount: 4 }],
  });
  t.after(() => emulator.close());
  const [file, args] = await peer.command(folder);
  const connectionString = emulator.connectionString('orders').replace(':5672', '');
  const { stdout, stderr } = await run(file, [...args, connectionString], { timeout: 120_000 });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  const report = JSON.parse(line || `"${stderr}"`) as PeerReport;
  assert.equal(report.hub, 'Orders');
  assert.deepEqual(report.partitionIds, ['0', '1', '2', '3']);
  assert.deepEqual(report.unused, [-1, -1, '-1', true]);
  const bodies = ['hello 0', 'hello 1', 'hello 2', 'hello 3', 'hello 4'];
  assert.deepEqual(
    report.keyed,
    bodies.map((body, sequenceNumber) => ({ sequenceNumber, key: 'k1', body })),
  );
  assert.equal(emulator.hub('orders').partition(String(partitionOfKey('k1', 4))).eventCount, 5);
  assert.equal(report.largeBytes, 200_000);
  assert.deepEqual(report.afterTwo, [3, 4]);
}
