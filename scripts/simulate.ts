// Runs seeds of the simulation: npm run simulate -- --seeds 10000 [--first 1] [--processes 2] [--timeline].
// A failing seed is run once more with its timeline written down, and replays exactly with --seeds 1 --first SEED.

import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { RunResult } from '../test/simulation/harness/run-seed.ts';
import { runSeed } from '../test/simulation/harness/run-seed.ts';
import { printTimeline } from '../test/simulation/harness/trace.ts';

const usage = `Usage: npm run simulate -- [--seeds N] [--first S] [--processes P] [--timeline]
  --seeds N      how many seeds to run (default 1000)
  --first S      the first seed (default 1)
  --processes P  side by side (default 2)
  --timeline     print the whole timeline of each seed, failing or not`;

interface SeedReport {
  readonly seed: number;
  readonly failures: readonly string[];
  readonly simulatedMs: number;
  readonly events: number;
  readonly repeated: number;
}

interface Options {
  readonly seeds: number;
  readonly first: number;
  readonly processes: number;
  readonly isTimelineWanted: boolean;
}

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  if (process.send !== undefined) return workAsChild(options);
  return options.isTimelineWanted ? printRuns(options) : runAll(options);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      first: { type: 'string', default: '1' },
      processes: { type: 'string', default: '2' },
      timeline: { type: 'boolean', default: false },
    },
  });
  return {
    seeds: wholeNumber('seeds', values.seeds),
    first: wholeNumber('first', values.first),
    processes: wholeNumber('processes', values.processes),
    isTimelineWanted: values.timeline,
  };
}

function wholeNumber(name: string, given: string): number {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} must be a whole number of at least 1; got ${given}.`);
}

async function printRuns({ first, seeds }: Options): Promise<number> {
  let code = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const result = await runSeed(seed, true);
    console.log(printTimeline(result.lines));
    console.log(verdictOf(result));
    if (result.failures.length > 0) code = 1;
  }
  return code;
}

function verdictOf({ seed, failures, summary }: RunResult): string {
  const figures = Object.entries(summary).map(([name, value]) => `${name} ${value}`);
  return [
    `seed ${seed}: ${failures.length === 0 ? 'good' : 'FAILED'}; ${figures.join(', ')}`,
    ...failures,
  ].join('\n  ');
}

/** Every `step`-th seed, each told to the parent as soon as it is known. */
async function workAsChild({ first, seeds, processes: step }: Options): Promise<number> {
  for (let seed = first; seed < first + seeds; seed += step) {
    let report: SeedReport;
    try {
      const { failures, simulatedMs, summary } = await runSeed(seed);
      report = { seed, failures, simulatedMs, events: summary.sent, repeated: summary.duplicatesAllowed };
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report = { seed, failures: [`threw: ${text}`], simulatedMs: 0, events: 0, repeated: 0 };
    }
    process.send?.(report);
  }
  process.disconnect();
  return 0;
}

async function runAll(options: Options): Promise<number> {
  const startedMs = performance.now();
  const failed: SeedReport[] = [];
  const total = { done: 0, simulatedMs: 0, events: 0, repeated: 0 };
  const take = (report: SeedReport): void => {
    total.done += 1;
    total.simulatedMs += report.simulatedMs;
    total.events += report.events;
    total.repeated += report.repeated;
    if (report.failures.length > 0) failed.push(report);
    showProgress(total.done, options.seeds, failed.length);
  };
  const processes = Math.min(options.processes, options.seeds);
  await Promise.all(
    Array.from({ length: processes }, (_, index) => runChild(options, index, processes, take)),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  if (process.stderr.isTTY) process.stderr.write('\n');
  failed.sort((a, b) => a.seed - b.seed);
  for (const { seed, failures } of failed) console.log(shorten(seed, failures));
  const hours = total.simulatedMs / 3_600_000;
  console.log(
    `${total.done} seeds, ${hours.toFixed(1)} simulated hours, ${total.events} events (${total.repeated} repeated after a crash or outage) ` +
      `in ${seconds.toFixed(1)} s; ${failed.length} seeds failed.`,
  );
  const [worst] = failed;
  if (worst === undefined) return total.done === options.seeds ? 0 : 1;
  const path = join(tmpdir(), `simulation-${worst.seed}.txt`);
  const again = await runSeed(worst.seed, true);
  writeFileSync(path, `${printTimeline(again.lines)}\n${verdictOf(again)}\n`);
  console.log(
    `Timeline of seed ${worst.seed}: ${path}\nAgain: npm run simulate -- --seeds 1 --first ${worst.seed} --timeline`,
  );
  return 1;
}

/** One wrong step is often seen again and again: the first few tell it. */
function shorten(seed: number, failures: readonly string[]): string {
  const shown = failures.slice(0, 4);
  const rest = failures.length - shown.length;
  return [`seed ${seed}`, ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n  ');
}

function runChild(
  options: Options,
  index: number,
  processes: number,
  take: (report: SeedReport) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const seeds = options.seeds - index;
    const args = [
      '--seeds',
      String(seeds),
      '--first',
      String(options.first + index),
      '--processes',
      String(processes),
    ];
    const child = fork(import.meta.filename, args);
    child.on('message', (message) => take(message as SeedReport));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`A simulation process ended with exit code ${code}.`));
    });
  });
}

function showProgress(done: number, seeds: number, failures: number): void {
  if (!process.stderr.isTTY) return;
  const width = 30;
  const filled = Math.floor((done / seeds) * width);
  const bar = '#'.repeat(filled).padEnd(width, '.');
  process.stderr.write(`\r[${bar}] ${done}/${seeds} seeds, ${failures} failed `);
}
