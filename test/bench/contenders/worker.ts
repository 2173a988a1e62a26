// `run` as a team deploys it: defaults, leases and checkpoints in a container of its own, telemetry and HTTP on.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import { hubName } from '../hub.ts';
import { AskedProcess } from './asked-process.ts';
import { readCount, readLatencies } from './answers.ts';
import type { Contender, Place, Work } from './contender.ts';

const program = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const handler = fileURLToPath(new URL('worker-handler.ts', import.meta.url));
const startDeadlineMs = 30_000;

export async function startWorker(
  place: Place,
  work: Work,
  settings: Readonly<Record<string, string>>,
): Promise<Contender> {
  const container = `bench-${randomUUID()}`;
  const service = BlobServiceClient.fromConnectionString(place.storageConnectionString);
  const deadLetters = `${container.slice(0, 50)}-dead`;
  await Promise.all([container, deadLetters].map((name) => service.createContainer(name)));
  const isDiscard = work.handlerMs === 0 && !work.readsProperties && !work.measuresLatency;
  const child = fork(program, ['run'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      EVENTHUB_CONNECTION_STRING: place.connectionString,
      EVENTHUB_NAME: hubName,
      STORAGE_CONNECTION_STRING: place.storageConnectionString,
      CHECKPOINT_CONTAINER: container,
      DEAD_LETTER_CONTAINER: deadLetters,
      WORKER_ID: 'bench',
      HANDLER: isDiscard ? 'discard' : handler,
      HTTP_PORT: '0',
      HTTP_HOST: '127.0.0.1',
      START_POSITION: work.measuresLatency ? 'latest' : 'earliest',
      BENCH_WORK: JSON.stringify(work),
      ...(place.certificateFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: place.certificateFile }),
      ...settings,
    },
  });
  const asked = new AskedProcess(child);
  const url = await addressOf(child).catch(async (error: unknown) => {
    await asked.stop();
    throw error;
  });
  return {
    pid: asked.pid,
    count: async () => (isDiscard ? processedBy(url) : readCount(await asked.ask('count'))),
    latencies: async () => readLatencies(await asked.ask('latencies')),
    stop: () => asked.stop(),
  };
}

/** From the line "worker starting". */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('run did not say where it listens')), startDeadlineMs);
    child.once('exit', (code) => reject(new Error(`run ended with exit code ${String(code)}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /"http":"(?<url>[^"]+)"/.exec(line)?.groups?.['url'];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

async function processedBy(url: string): Promise<number> {
  const answer = await fetch(new URL('/metrics', url));
  let count = 0;
  for (const [, value] of (await answer.text()).matchAll(
    /^\w*events_processed_total(?:\{[^}]*\})? (\d+)/gm,
  )) {
    count += Number(value);
  }
  return count;
}
