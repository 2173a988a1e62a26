// KEDA's own azure-eventhub scaler as a process that is asked by lines: built once from scaler/ into the cache of the
// deployment tools. Needs Go 1.26 or later.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mustRun } from '../../scripts/deploy/command.ts';
import { toolCache } from '../../scripts/deploy/tools.ts';

const source = join(import.meta.dirname, 'scaler');
// Every scaler of KEDA is compiled: about five minutes on two cores when nothing is cached.
const BUILD_DEADLINE_MS = 25 * 60_000;
const ANSWER_DEADLINE_MS = 30_000;

export interface Trigger {
  readonly metadata: Readonly<Record<string, string>>;
  readonly authParams: Readonly<Record<string, string>>;
}

export interface ScalerAnswer {
  /** The metric the HPA is given. */
  readonly value: number;
  readonly active: boolean;
  /** Why the scaler could not read, when it could not. */
  readonly error?: string;
}

export class ScalerProcess implements AsyncDisposable {
  readonly #child;
  readonly #answers: AsyncIterator<string>;

  private constructor(binary: string) {
    this.#child = spawn(binary, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static async start(): Promise<ScalerProcess> {
    return new ScalerProcess(await scalerBinary());
  }

  /** Asks once; the caller asks again only after the answer. */
  async ask(trigger: Trigger): Promise<ScalerAnswer> {
    this.#child.stdin.write(`${JSON.stringify(trigger)}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_DEADLINE_MS);
    try {
      const line = await this.#answers.next();
      if (line.done === true) throw new Error('the scaler ended without an answer');
      return JSON.parse(line.value) as ScalerAnswer;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_DEADLINE_MS);
    await closed;
    clearTimeout(timer);
  }
}

async function scalerBinary(): Promise<string> {
  const files = await Promise.all(
    ['main.go', 'go.mod', 'go.sum'].map((name) => readFile(join(source, name))),
  );
  const hash = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 12);
  const binary = join(toolCache(), `keda-scaler-${hash}`, 'keda-scaler');
  if (!existsSync(binary)) {
    await mkdir(join(toolCache(), `keda-scaler-${hash}`), { recursive: true });
    await mustRun('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', binary, '.'], {
      cwd: source,
      timeoutMs: BUILD_DEADLINE_MS,
    });
  }
  return binary;
}
