// Azurite, the blob emulator from npm, as a child process that keeps everything in memory. It is a development
// dependency: an image without it has no `local`.

import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { WorkerError } from '../engine/errors.ts';

/** The account and key every Azurite is born with; published by Microsoft, no secret. */
const accountName = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const startDeadlineMs = 30_000;

export interface AzuriteOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The variable that sets the port, for the error when it is taken. */
  readonly variable: string;
}

export interface Azurite {
  readonly port: number;
  readonly connectionString: string;
  /** Settles with what it said when the process ends without having been stopped. */
  readonly died: Promise<string>;
  /** Ends the process and settles when it is gone. */
  stop(): Promise<void>;
}

/** Settles when the blob service listens; throws EHW_PORT_TAKEN when the port is taken. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const child = spawn(
    process.execPath,
    [
      azuriteModule(),
      `--blobHost=${options.host}`,
      `--blobPort=${String(options.port)}`,
      '--inMemoryPersistence',
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
    ],
    // A process group of its own: Ctrl-C reaches every process of the terminal's group, and the last checkpoints are
    // written after it.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const exited = once(child, 'exit');
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    process.off('exit', killAtExit);
  };
  const output = new LastLines(20);
  const died = new Promise<string>((resolve) => {
    child.once('exit', () => {
      if (!isStopping) resolve(output.text());
    });
  });
  try {
    const port = await listeningPort(child, output, options);
    return { port, connectionString: connectionStringOf(options.host, port), died, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function azuriteModule(): string {
  try {
    return createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  } catch (cause) {
    const reason = 'The package azurite is not installed; `local` needs it. Run npm ci in a checkout.';
    throw new WorkerError('EHW_BAD_USAGE', { reason }, { cause });
  }
}

async function listeningPort(
  child: ChildProcessByStdio<null, Readable, Readable>,
  output: LastLines,
  options: AzuriteOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      const { host, port, variable } = options;
      const isTaken = /EADDRINUSE|already in use/.test(output.text());
      reject(
        isTaken
          ? new WorkerError('EHW_PORT_TAKEN', { host, port, variable })
          : new WorkerError('EHW_STORAGE_FAILED', { reason: `Azurite ${why}: ${output.text()}` }),
      );
    };
    const timer = setTimeout(
      () => fail(`did not listen within ${String(startDeadlineMs)} ms`),
      startDeadlineMs,
    );
    const read = (line: string): void => {
      output.add(line);
      const listening = /listens on http:\/\/.+:(\d+)/.exec(line);
      if (listening === null) return;
      clearTimeout(timer);
      resolve(Number(listening[1]));
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    child.once('error', (error) => output.add(error.message));
    // Not `exit`: the last lines may arrive after it.
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended before it listened');
    });
  });
}

function connectionStringOf(host: string, port: number): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${accountName}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=http://${host}:${String(port)}/${accountName}`,
  ].join(';');
}

/** The last few lines a process wrote: enough to say why it ended, however much it wrote. */
class LastLines {
  readonly #lines: string[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#max) this.#lines.shift();
  }

  text(): string {
    return this.#lines.join(' ');
  }
}
