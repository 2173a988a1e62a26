// One worker as a process of its own, as a pod runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../src/main.ts');
const END_DEADLINE_MS = 45_000;

/** Events that the worker behind this port says it has handled; 0 while it does not answer. */
export async function handledEvents(httpPort: number): Promise<number> {
  const metrics = await fetch(`http://127.0.0.1:${String(httpPort)}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  return Number(/events_processed_total\{result="handled"[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

export class WorkerProcess {
  readonly #child;
  readonly #exited: Promise<unknown>;
  #output = '';

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main, 'run'], {
      env: { PATH: process.env['PATH'], HTTP_PORT: '0', HTTP_HOST: '127.0.0.1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit');
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-20_000);
    };
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
  }

  /** The end of what it said. */
  get output(): string {
    return this.#output;
  }

  /** Where its HTTP server listens, once it has said so; undefined before. */
  get httpPort(): number | undefined {
    const port = /"http":"http:\/\/[^":]+:(\d+)/.exec(this.#output)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  /** Events it says it has handled; 0 while it does not answer. */
  async handledEvents(): Promise<number> {
    return this.httpPort === undefined ? 0 : handledEvents(this.httpPort);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGTERM, and its exit code. */
  async end(): Promise<number | null> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_DEADLINE_MS);
    await this.#exited;
    clearTimeout(timer);
    return this.#child.exitCode;
  }
}
