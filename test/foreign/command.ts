// One run of a foreign tool: its output whole, its end within a deadline, its children ended with it.

import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly isTimedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settles with whatever came of it. Rejects when the program is not there. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { cwd, environment, timeoutMs }: CommandOptions,
): Promise<CommandResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: test runners have children, which outlive a runner that is killed.
      detached: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const end = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      end();
    }, timeoutMs);
    process.once('exit', end);
    child.once('error', (error) => {
      clearTimeout(timer);
      process.off('exit', end);
      reject(new Error(`${file} cannot be run: ${error.message}`, { cause: error }));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve({
        exitCode: code ?? undefined,
        isTimedOut,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** Rejects unless it ends well, with the end of what it said. */
export async function mustRun(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const result = await runCommand(file, args, options);
  if (result.exitCode === 0) return result;
  const how = result.isTimedOut
    ? `not over after ${String(options.timeoutMs)} ms`
    : `exit ${String(result.exitCode)}`;
  throw new Error(
    `${file} ${args.join(' ')}: ${how}\n${result.stdout.slice(-4000)}${result.stderr.slice(-4000)}`,
  );
}
