// The tests that come with the Go SDK's module, live tests and processor tests included, on the emulator and Azurite. The
// module's cache is read-only and may hold no test results: they run in a copy.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessRuleOptions } from '../../src/emulator/index.ts';
import { mustRun, runCommand } from './command.ts';
import { readGoTests } from './go-test-output.ts';
import type { KnownGap, SuiteRun } from './suite-report.ts';
import { startForeignWorld, tlsConnectionString } from './world.ts';

const modulePath = 'github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2';
const version = 'v2.0.2';

const host = '127.0.0.63';
const replicatedHost = '127.0.0.65';
const hub = 'go';
const linksHub = 'go-links';

const listenOnly: AccessRuleOptions = { name: 'listen-only', key: 'bGlzdGVu', rights: ['listen'] };
const sendOnly: AccessRuleOptions = { name: 'send-only', key: 'c2VuZA==', rights: ['send'] };

const gaps: readonly KnownGap[] = [
  {
    test: 'TestConsumerClient_Detaches',
    reason: 'disables the hub through Azure Resource Manager, which is not emulated',
    isLeftOut: true,
  },
];

export async function runGoSuite(): Promise<SuiteRun> {
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'foreign-go-'));
  const hubs = [hub, linksHub].map((name) => ({ name, partitionCount: 4 }));
  const world = await startForeignWorld(
    { host, hubs, rules: [listenOnly, sendOnly] },
    { host: replicatedHost, hubs, geoReplication: true },
  );
  const [emulator] = world.emulators;
  if (emulator === undefined) throw new Error('no namespace was started');
  try {
    await cp(await downloadedModule(folder), folder, { recursive: true, mode: 0 });
    await mustRun('chmod', ['-R', 'u+w', folder], { timeoutMs: 10_000 });
    const leftOut = gaps.filter((gap) => gap.isLeftOut).map((gap) => `^${gap.test}$`);
    const args = ['test', '-json', '-count=1', '-timeout=8m', `-skip=${leftOut.join('|')}`, './...'];
    const result = await runCommand('go', args, {
      cwd: folder,
      environment: {
        ...world.identity,
        SSL_CERT_FILE: world.certificateFile,
        AZURE_RECORD_MODE: 'live',
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
        AZURE_SUBSCRIPTION_ID: 'none',
        RESOURCE_GROUP: 'none',
        EVENTHUB_NAMESPACE: host,
        EVENTHUBS_GEODR_NAMESPACE: replicatedHost,
        EVENTHUBS_GEODR_HUBNAME: hub,
        EVENTHUBS_GEODR_CHECKPOINTSTORE_STORAGE_ENDPOINT: world.storageUrl,
        EVENTHUB_NAME: hub,
        EVENTHUB_LINKSONLY_NAME: linksHub,
        EVENTHUB_CONNECTION_STRING: tlsConnectionString(emulator),
        EVENTHUB_CONNECTION_STRING_LISTEN_ONLY: tlsConnectionString(emulator, listenOnly.name),
        EVENTHUB_CONNECTION_STRING_SEND_ONLY: tlsConnectionString(emulator, sendOnly.name),
        CHECKPOINTSTORE_STORAGE_ENDPOINT: world.storageUrl,
      },
      timeoutMs: 9 * 60_000,
    });
    const tests = readGoTests(result.stdout, modulePath);
    if (tests.length === 0) throw new Error(`go test: ${result.stdout.slice(-2000)}${result.stderr}`);
    const seconds = (performance.now() - startedMs) / 1000;
    return { suite: 'Go azeventhubs, its own tests', version, tests, gaps, seconds };
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its folder in the module cache. */
async function downloadedModule(cwd: string): Promise<string> {
  const args = ['mod', 'download', '-json', `${modulePath}@${version}`];
  const { stdout } = await mustRun('go', args, { cwd, timeoutMs: 5 * 60_000 });
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'Dir' in answer && typeof answer.Dir === 'string') {
    return answer.Dir;
  }
  throw new TypeError(`go mod download answered ${stdout}`);
}
