// The processes of a benchmark run: started with a deadline, ended with the run.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

const emulatorDeadlineMs = 60_000;
const sampleDeadlineMs = 120_000;

/** Starts the emulator; disposing ends it. */
export async function startEmulatorProcess(): Promise<{ connectionString: string } & Disposable> {
  const child = fork(new URL('emulator-process.ts', import.meta.url), { stdio: 'inherit' });
  const connectionString = await firstMessageOf(child, emulatorDeadlineMs);
  return { connectionString: String(connectionString), [Symbol.dispose]: () => child.disconnect() };
}

export async function runSample(
  name: string,
  side: 'ours' | 'baseline',
  connectionString: string,
): Promise<unknown> {
  const child = fork(new URL('sample-process.ts', import.meta.url), [name, side, connectionString], {
    stdio: 'inherit',
  });
  try {
    return await firstMessageOf(child, sampleDeadlineMs);
  } finally {
    child.kill();
  }
}

/** Rejects when the child ends, or says nothing in time. */
function firstMessageOf(child: ChildProcess, deadlineMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${child.spawnargs.slice(1, 4).join(' ')} gave no result within ${deadlineMs} ms`));
    }, deadlineMs);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${child.spawnargs.slice(1, 4).join(' ')} ended with exit code ${code}`));
    });
  });
}
