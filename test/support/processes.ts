// The program as real processes: started with an environment, watched by its output and its HTTP server, ended with the test.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ControlledProcess } from '../chaos/controlled-process.ts';
import { until } from '../chaos/until.ts';

/** Runs `eventhub-worker <args>`; the process is killed when the test ends, and its output is shown when it failed. */
export async function startCommand(
  t: TestContext,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ControlledProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'eventhub-worker-'));
  const process = new ControlledProcess({
    args: ['src/main.ts', ...args],
    environment,
    logPath: join(folder, 'output.log'),
  });
  t.after(async () => {
    process.kill();
    await process.ended;
    await rm(folder, { recursive: true, force: true });
  });
  return process;
}

/** Settles with exit code and output of a command that is to end by itself. */
export async function runCommand(
  t: TestContext,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  withinMs = 60_000,
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const process = await startCommand(t, args, environment);
  await until(`the end of ${args.join(' ')}\n${process.log()}`, withinMs, () => !process.isRunning);
  const { exitCode } = await process.ended;
  return { exitCode, output: process.log() };
}

/** The exit code of a process that was asked to end. */
export async function exitCodeOf(process: ControlledProcess, withinMs: number): Promise<number | undefined> {
  await until(`the end of process ${String(process.pid)}`, withinMs, () => !process.isRunning).catch(
    (error: unknown) => {
      throw new Error(`The process did not end:\n${process.log()}`, { cause: error });
    },
  );
  return (await process.ended).exitCode;
}

/** HTTP status of a path; undefined when nobody answers within a second. */
export async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
