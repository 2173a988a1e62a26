// A child process that answers questions: over IPC where it runs on Node.js, else a line in and a line out.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

const answerDeadlineMs = 20_000;

export type Question = 'count' | 'latencies';

export class AskedProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #pending: PromiseWithResolvers<unknown>[] = [];

  constructor(child: ChildProcess) {
    if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
    this.pid = child.pid;
    this.#child = child;
    if (child.channel === undefined || child.channel === null) {
      if (child.stdout !== null) {
        createInterface({ input: child.stdout }).on('line', (line) => this.#answer(JSON.parse(line)));
      }
    } else {
      child.on('message', (message) => this.#answer(message));
    }
    child.once('exit', (code) => {
      for (const asked of this.#pending) asked.reject(new Error(`it ended with exit code ${String(code)}`));
    });
  }

  async ask(question: Question): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    this.#pending.push(asked);
    const timer = setTimeout(() => {
      asked.reject(new Error(`no answer to "${question}"`));
    }, answerDeadlineMs);
    if (this.#child.connected) this.#child.send(question);
    else this.#child.stdin?.write(`${question}\n`);
    try {
      return await asked.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exited;
  }

  #answer(answer: unknown): void {
    this.#pending.shift()?.resolve(answer);
  }
}
