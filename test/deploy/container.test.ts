// The image as Kubernetes runs it: read-only, without privileges, as user 65532, against the emulator and Azurite on the
// host's network. Needs root and Debian's docker.io and debootstrap, which it installs. Slow tier.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { mustRun } from '../../scripts/deploy/command.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { startAzurite, uniqueContainerName } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { buildImage, readyDocker } from './docker.ts';
import { handledEvents } from './worker-process.ts';

const EVENTS = 1000;
const PARTITIONS = 4;
const HTTP_PORT = 18_080;
const MAX_IMAGE_MB = 190;
/** The aim is 2 s on a quiet machine; a busy one gets more room before it counts as a regression. */
const MAX_START_MS = 5000;

const HANDLER = `
import { defineHandler } from 'eventhub-worker';

export default defineHandler({
  onEvent: (event, context) => {
    if (event.json().number === 0) context.log.info('the first event arrived');
  },
});
`;

describe('the image', () => {
  let docker: string;
  let image: string;
  let emulator: Emulator;
  let azurite: Azurite;
  let handlers: string;
  let containers: { readonly checkpoints: string; readonly deadLetters: string };

  before(async () => {
    docker = await readyDocker();
    image = await buildImage(docker);
    emulator = await startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount: PARTITIONS }] });
    azurite = await startAzurite();
    containers = { checkpoints: uniqueContainerName(), deadLetters: uniqueContainerName() };
    const storage = BlobServiceClient.fromConnectionString(azurite.connectionString);
    for (const name of Object.values(containers)) await storage.createContainer(name);
    handlers = await mkdtemp(join(tmpdir(), 'eventhub-worker-handlers-'));
    await writeFile(join(handlers, 'handler.ts'), HANDLER);
    await mustRun('chmod', ['-R', 'a+rX', handlers]);
  });

  after(async () => {
    await emulator.close();
    await azurite.stop();
    await rm(handlers, { recursive: true, force: true });
  });

  it(`has at most ${String(MAX_IMAGE_MB)} MB`, async (t) => {
    const { stdout } = await mustRun(docker, ['image', 'inspect', '--format', '{{.Size}}', image]);
    const megabytes = Number(stdout) / 1e6;
    t.diagnostic(`image: ${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes <= MAX_IMAGE_MB, `${megabytes.toFixed(1)} MB`);
  });

  it('handles events with a mounted handler, answers /metrics, and ends with 0 on SIGTERM', async (t) => {
    const { stdout } = await mustRun(docker, [
      'run',
      '--detach',
      '--network=host',
      '--read-only',
      '--user=65532',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--memory=512m',
      '--tmpfs=/tmp:size=64m',
      `--volume=${handlers}:/app/handlers:ro`,
      `--env=EVENTHUB_CONNECTION_STRING=${emulator.connectionString('orders')}`,
      `--env=STORAGE_CONNECTION_STRING=${azurite.connectionString}`,
      `--env=CHECKPOINT_CONTAINER=${containers.checkpoints}`,
      `--env=DEAD_LETTER_CONTAINER=${containers.deadLetters}`,
      `--env=HTTP_PORT=${String(HTTP_PORT)}`,
      '--env=HANDLER=/app/handlers/handler.ts',
      '--env=NODE_OPTIONS=--max-old-space-size=307',
      image,
    ]);
    const container = stdout.trim();
    t.after(() => mustRun(docker, ['rm', '--force', container]));
    const logs = async () => {
      const { stdout: out, stderr } = await mustRun(docker, ['logs', container]);
      return out + stderr;
    };

    const isRunning = async () => {
      const inspected = await mustRun(docker, ['inspect', '--format', '{{.State.Running}}', container]);
      assert.equal(inspected.stdout.trim(), 'true', await logs());
    };

    await eventually(isRunning, async () => (await fetch(url('/readyz'))).ok, logs);
    const readyAtMs = Date.now();
    const inspected = await mustRun(docker, ['inspect', '--format', '{{.State.StartedAt}}', container]);
    const startMs = readyAtMs - Date.parse(inspected.stdout.trim());
    t.diagnostic(`start to readyz: ${startMs.toFixed(0)} ms`);

    const hub = emulator.hub('orders');
    for (let number = 0; number < EVENTS; number += 1) {
      hub.append(String(number % PARTITIONS), { body: { number } });
    }
    const metrics = await fetch(url('/metrics'));
    assert.equal(metrics.status, 200);
    await eventually(isRunning, async () => (await handledEvents(HTTP_PORT)) === EVENTS, logs);
    const stats = await mustRun(docker, ['stats', '--no-stream', '--format', '{{.MemUsage}}', container]);
    t.diagnostic(`memory after ${String(EVENTS)} events: ${stats.stdout.trim()}`);
    assert.match(await logs(), /the first event arrived/);

    await mustRun(docker, ['stop', '--time=40', container]);
    const ended = await mustRun(docker, ['inspect', '--format', '{{.State.ExitCode}}', container]);
    assert.equal(ended.stdout.trim(), '0', await logs());
    assert.ok(startMs < MAX_START_MS, `start to readyz took ${startMs.toFixed(0)} ms`);
  });
});

function url(path: string): string {
  return `http://127.0.0.1:${String(HTTP_PORT)}${path}`;
}

/** Waits for a condition of a container that must go on running. */
async function eventually(
  isRunning: () => Promise<void>,
  isTrue: () => Promise<boolean>,
  explain: () => Promise<string>,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isTrue().catch(() => false))) {
    await isRunning();
    if (performance.now() > deadline) assert.fail(`not within 60 s; the container said:\n${await explain()}`);
    await sleep(20);
  }
}
