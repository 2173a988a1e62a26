// Workload identity without Azure: the unchanged image, with the environment the chart gives it, signs in with a
// federated token at a local token endpoint under Microsoft's host name, and uses what it gets at the emulator (TLS, then
// WebSockets) and at Azurite (OAuth). Needs root: port 443 of loopback addresses, and Docker. Slow tier.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { manifestsOf, renderChart } from '../../scripts/deploy/chart.ts';
import { mustRun } from '../../scripts/deploy/command.ts';
import { kubernetesVersions } from '../../scripts/deploy/schemas.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { selfSignedCertificate } from '../../src/emulator/transport/self-signed-certificate.ts';
import { buildImage, readyDocker } from './docker.ts';
import { startTokenEndpoint } from './token-endpoint.ts';
import type { TokenEndpoint } from './token-endpoint.ts';
import { handledEvents } from './worker-process.ts';

const TENANT = '00000000-0000-0000-0000-000000000009';
const CLIENT = '00000000-0000-0000-0000-000000000001';
const ACCOUNT_KEY = Buffer.from('an account key of the tests, no secret').toString('base64');
const HOSTS = {
  login: { name: 'login.microsoftonline.com', address: '127.0.0.11' },
  eventHub: { name: 'contoso-events.servicebus.windows.net', address: '127.0.0.12' },
  storage: { name: 'contosocheckpoints.blob.core.windows.net', address: '127.0.0.13' },
} as const;
const TOKEN_PATH = '/var/run/secrets/azure/tokens/azure-identity-token';
const HTTP_PORT = 18_081;
const EVENTS = 100;
const DEADLINE_MS = 60_000;

describe('workload identity', () => {
  let docker: string;
  let image: string;
  let directory: string;
  let login: TokenEndpoint;
  let emulator: Emulator;
  let environment: Readonly<Record<string, string>>;
  let stopAzurite: () => Promise<void>;

  before(async () => {
    docker = await readyDocker();
    image = await buildImage(docker);
    environment = await environmentOfTheChart();
    directory = await mkdtemp(join(tmpdir(), 'eventhub-worker-identity-'));
    const names = Object.values(HOSTS).flatMap(({ name, address }) => [name, address]);
    const certificate = selfSignedCertificate(names, Date.now());
    const federatedToken = 'a token of the service account';
    await writeFile(join(directory, 'certificate.pem'), certificate.certificatePem);
    await writeFile(join(directory, 'key.pem'), certificate.keyPem);
    await writeFile(join(directory, 'token'), federatedToken);
    await mustRun('chmod', ['-R', 'a+rX', directory]);
    login = await startTokenEndpoint({
      address: HOSTS.login.address,
      hostName: HOSTS.login.name,
      certificate,
      tenantId: TENANT,
      clientId: CLIENT,
      federatedToken,
    });
    emulator = await startEmulator({
      host: HOSTS.eventHub.address,
      port: 0,
      tls: { port: 5671 },
      webSockets: { port: 443 },
      certificate,
      jwt: { issuer: login.issuer, publicKeyPem: login.publicKeyPem },
      hubs: [{ name: 'orders', partitionCount: 4 }],
    });
    stopAzurite = await startAzuriteWithOAuth(directory);
    setDefaultCACertificates([...getCACertificates(), certificate.certificatePem]);
    const storage = new BlobServiceClient(
      `https://${HOSTS.storage.address}/contosocheckpoints`,
      new StorageSharedKeyCredential('contosocheckpoints', ACCOUNT_KEY),
    );
    for (const name of ['checkpoints', 'dead-letters']) await storage.createContainer(name);
  });

  after(async () => {
    await emulator.close();
    await login.close();
    await stopAzurite();
    await rm(directory, { recursive: true, force: true });
  });

  for (const transport of ['amqp', 'websockets'] as const) {
    it(`handles events over ${transport} with tokens alone`, async (t) => {
      const { stdout } = await mustRun(docker, [
        'run',
        '--detach',
        '--network=host',
        '--read-only',
        '--user=65532',
        '--cap-drop=ALL',
        ...Object.values(HOSTS).map(({ name, address }) => `--add-host=${name}:${address}`),
        `--volume=${directory}/certificate.pem:/certificates/ca.pem:ro`,
        `--volume=${directory}/token:${TOKEN_PATH}:ro`,
        ...Object.entries({
          ...environment,
          // As the workload identity webhook adds them to the pod.
          AZURE_AUTHORITY_HOST: `https://${HOSTS.login.name}/`,
          AZURE_TENANT_ID: TENANT,
          AZURE_CLIENT_ID: CLIENT,
          AZURE_FEDERATED_TOKEN_FILE: TOKEN_PATH,
          EVENTHUB_TRANSPORT: transport,
          HTTP_PORT: String(HTTP_PORT),
          NODE_EXTRA_CA_CERTS: '/certificates/ca.pem',
        }).map(([name, value]) => `--env=${name}=${value}`),
        image,
      ]);
      const container = stdout.trim();
      t.after(() => mustRun(docker, ['rm', '--force', container]));
      const hub = emulator.hub('orders');
      for (let number = 0; number < EVENTS; number += 1) {
        hub.append(String(number % 4), { body: { number } });
      }
      const deadline = performance.now() + DEADLINE_MS;
      while ((await handledEvents(HTTP_PORT)) < EVENTS) {
        if (performance.now() > deadline) {
          const logs = await mustRun(docker, ['logs', '--tail', '40', container]);
          assert.fail(
            `not handled within ${String(DEADLINE_MS)} ms; the container said:\n${logs.stdout}${logs.stderr}`,
          );
        }
        await sleep(100);
      }
      await mustRun(docker, ['stop', '--time=40', container]);
      const ended = await mustRun(docker, ['inspect', '--format', '{{.State.ExitCode}}', container]);
      assert.equal(ended.stdout.trim(), '0');
    });
  }

  it('asked for a token of each service', () => {
    const audiences = new Set(login.audiences.map((audience) => audience.replace(/\/+$/, '')));
    assert.deepEqual([...audiences].sort(), ['https://eventhubs.azure.net', 'https://storage.azure.com']);
  });
});

/** The ConfigMap of the chart, which is the whole environment but for what the identity webhook adds. */
async function environmentOfTheChart(): Promise<Readonly<Record<string, string>>> {
  const text = await renderChart({
    helm: 'helm4',
    valuesFile: join(import.meta.dirname, 'identity-values.yaml'),
    kubernetesVersion: kubernetesVersions.newest,
    template: 'configmap.yaml',
  });
  const [object] = manifestsOf(text) as readonly { readonly data: Readonly<Record<string, string>> }[];
  assert.ok(object !== undefined, 'the chart rendered no ConfigMap');
  return object.data;
}

async function startAzuriteWithOAuth(directory: string): Promise<() => Promise<void>> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const options = [
    `--blobHost=${HOSTS.storage.address}`,
    '--blobPort=443',
    `--cert=${join(directory, 'certificate.pem')}`,
    `--key=${join(directory, 'key.pem')}`,
    '--oauth=basic',
    '--inMemoryPersistence',
    '--silent',
    '--skipApiVersionCheck',
    '--disableTelemetry',
  ];
  const child = spawn(process.execPath, [main, ...options], {
    env: { ...process.env, AZURITE_ACCOUNTS: `contosocheckpoints:${ACCOUNT_KEY}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString('utf8').includes('listens on')) resolve();
    });
    child.once('exit', () => reject(new Error('Azurite ended before it listened')));
  });
  return async () => {
    child.kill('SIGKILL');
    await exited;
  };
}
