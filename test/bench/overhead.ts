// The engine alone beside a loop that only calls the handler: one line of the benchmark, of processes that need no emulator.

import { fork } from 'node:child_process';
import type { Line } from './lines.ts';
import { compare } from './lines.ts';
import type { MeasureOptions } from './measure.ts';

export const overheadName = 'overhead-us';

const deadlineMs = 120_000;

export async function measureOverhead({ samples, onProgress }: MeasureOptions): Promise<Line> {
  const taken = { engine: [] as number[], loop: [] as number[] };
  for (let round = 0; round < samples; round += 1) {
    for (const side of round % 2 === 0 ? (['loop', 'engine'] as const) : (['engine', 'loop'] as const)) {
      onProgress(`${overheadName}: ${side}, sample ${String(round + 1)} of ${String(samples)}`);
      taken[side].push(await sample(side));
    }
  }
  const goal = { of: 'ours', atMost: 2 } as const;
  return compare({ name: overheadName, unit: 'us/event', against: 'loop', goal }, taken.engine, taken.loop);
}

function sample(side: 'engine' | 'loop'): Promise<number> {
  const child = fork(new URL('overhead-process.ts', import.meta.url), [side]);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${side} gave no result within ${String(deadlineMs)} ms`));
    }, deadlineMs);
    child.once('message', (usPerEvent) => {
      clearTimeout(timer);
      resolve(Number(usPerEvent));
    });
    child.once('exit', (code) => reject(new Error(`${side} ended with exit code ${String(code)}`)));
  });
}
