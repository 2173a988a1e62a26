// Azurite for tests: one child process per call on an ephemeral port, in memory or in a folder that survives a restart.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);

/** The account and key every Azurite is born with; published by Microsoft, no secret. */
const accountName = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const startDeadlineMs = 20_000;

export interface AzuriteOptions {
  /** 0 or absent takes a free port. */
  readonly port?: number;
  /** Keeps the data there, so that a second start on the same port goes on with it; absent: in memory. */
  readonly location?: string;
  /** HTTPS with these PEM files, and bearer tokens beside the account key; absent: HTTP, the key alone. */
  readonly https?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface Azurite {
  readonly port: number;
  readonly connectionString: string;
  readonly pid: number;
  /** Ends the process and settles when it is gone. */
  stop(): Promise<void>;
}

/** Starts Azurite's blob service and settles when it listens; fails with its output when it does not. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const child = spawn(
    process.execPath,
    [
      require.resolve('azurite/dist/src/blob/main.js'),
      '--blobHost',
      '127.0.0.1',
      '--blobPort',
      String(options.port ?? 0),
      ...(options.location === undefined ? ['--inMemoryPersistence'] : ['--location', options.location]),
      ...httpsArguments(options.https),
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  // A test process that dies must not leave its Azurite behind.
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  child.once('exit', () => process.removeListener('exit', killOnExit));

  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Azurite did not listen within ${startDeadlineMs} ms`)),
      startDeadlineMs,
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      const listening = /listens on https?:\/\/[^:]+:(\d+)/.exec(line);
      if (listening === null) return;
      clearTimeout(timer);
      resolve(Number(listening[1]));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Azurite ended with code ${code} before it listened: ${output.join('\n')}`));
    });
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  return {
    port,
    connectionString: connectionStringOf(port, options.https === undefined ? 'http' : 'https'),
    pid: child.pid ?? 0,
    stop,
  };
}

/** A container name no other test uses. */
export function uniqueContainerName(): string {
  return `test-${randomUUID()}`;
}

function httpsArguments(https: AzuriteOptions['https']): string[] {
  if (https === undefined) return [];
  return ['--cert', https.certificateFile, '--key', https.keyFile, '--oauth', 'basic'];
}

function connectionStringOf(port: number, protocol: 'http' | 'https'): string {
  return [
    `DefaultEndpointsProtocol=${protocol}`,
    `AccountName=${accountName}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=${protocol}://127.0.0.1:${port}/${accountName}`,
    '',
  ].join(';');
}
