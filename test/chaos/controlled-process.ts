// One child process under test: its output goes to a file, its end is a value, its signals have names.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { monotonicMs } from './monotonic-time.ts';
import { until } from './until.ts';

export interface ProcessOptions {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output and error are appended here. */
  readonly logPath: string;
}

export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly atMs: number;
}

export class ControlledProcess {
  readonly pid: number;
  readonly logPath: string;
  readonly startedAtMs: number;
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #end: ProcessEnd | undefined;

  /** Runs this Node with the given arguments. Nothing of the caller's environment but PATH and HOME is passed on. */
  constructor(options: ProcessOptions) {
    this.logPath = options.logPath;
    this.startedAtMs = monotonicMs();
    const log = openSync(options.logPath, 'a');
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, options.args, {
      env: { PATH, HOME, ...options.environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const child = this.#child;
    this.ended = new Promise((resolve) => {
      const finish = (exitCode: number | undefined, signal: string | undefined): void => {
        this.#end = { exitCode, signal, atMs: monotonicMs() };
        resolve(this.#end);
      };
      child.once('error', () => finish(undefined, undefined));
      child.once('exit', (code, signal) => finish(code ?? undefined, signal ?? undefined));
    });
    this.pid = child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  log(): string {
    return readFileSync(this.logPath, 'utf8');
  }

  /** Settles with the match once this process's output has one; fails with the output when it ends or takes too long. */
  async logged(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const match = await until(`output matching ${String(pattern)} in ${this.logPath}`, withinMs, () => {
      const found = pattern.exec(this.log());
      if (found === null && !this.isRunning) throw new Error(`The process ended early:\n${this.log()}`);
      return found ?? undefined;
    });
    return match;
  }
}
