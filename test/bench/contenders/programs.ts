// The consumers beside the worker: the JavaScript SDK, and where their tools are installed the SDKs of Go and Java, built into a
// folder of the system's temporary directory that is kept for the next run.

import { execFile, fork, spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hubName } from '../hub.ts';
import { readCount, readLatencies } from './answers.ts';
import { AskedProcess } from './asked-process.ts';
import type { Contender, Place, Work } from './contender.ts';

const run = promisify(execFile);
const sdkProcess = fileURLToPath(new URL('sdk-process.ts', import.meta.url));
const buildDeadlineMs = 300_000;

export function startSdk(place: Place, work: Work, style: 'sequential' | 'limiter'): Contender {
  const { certificateFile, connectionString, hub } = place;
  return contenderOf(
    new AskedProcess(
      fork(sdkProcess, [connectionString, String(hub.partitions), JSON.stringify(work), style], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: {
          PATH: process.env['PATH'],
          ...(certificateFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificateFile }),
        },
      }),
    ),
  );
}

export type ForeignName = 'go' | 'java';

export interface ForeignProgram {
  start(place: Place, work: Work): Contender;
}

const tools = { go: 'go', java: 'mvn' } as const;

/** Undefined when its tools are not installed. Takes minutes and the network the first time. */
export async function buildForeign(name: ForeignName): Promise<ForeignProgram | undefined> {
  const hasTool = await run('sh', ['-c', `command -v ${tools[name]}`]).catch(() => undefined);
  if (hasTool === undefined) return undefined;
  const folder = join(tmpdir(), `eventhub-worker-bench-${name}`);
  await mkdir(folder, { recursive: true });
  await cp(fileURLToPath(new URL(`../${name}`, import.meta.url)), folder, { recursive: true });
  const options = { cwd: folder, timeout: buildDeadlineMs };
  if (name === 'go') await run('go', ['build', '-o', 'consumer', '.'], options);
  else await run('mvn', ['-q', '-B', 'compile', 'dependency:copy-dependencies'], options);
  const [file, args]: readonly [string, readonly string[]] =
    name === 'go'
      ? [join(folder, 'consumer'), []]
      : ['java', ['-cp', `${folder}/target/classes:${folder}/target/dependency/*`, 'Consumer']];
  return {
    start: ({ connectionString, hub }, work) => {
      const given = [connectionString, hubName, String(hub.partitions)];
      const flags = [String(work.readsProperties), String(work.measuresLatency)];
      const child = spawn(file, [...args, ...given, ...flags], { stdio: ['pipe', 'pipe', 'ignore'] });
      return contenderOf(new AskedProcess(child));
    },
  };
}

function contenderOf(asked: AskedProcess): Contender {
  return {
    pid: asked.pid,
    count: async () => readCount(await asked.ask('count')),
    latencies: async () => readLatencies(await asked.ask('latencies')),
    stop: () => asked.stop(),
  };
}
