// npm run bench -- [--json FILE] [--only NAME]... [--samples N]
//
// Measures ours beside the bare SDK in one run: samples of the two sides alternate, each in a process of its own, against an
// emulator in a third. Prints the median of each side, their ratio and how far the samples spread; exit code 1 when a
// bound is missed, 2 on bad usage.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { benchCaseOf, benchCases } from './cases.ts';
import type { BenchCase } from './cases.ts';
import { runSample, startEmulatorProcess } from './children.ts';
import { readSample } from './sample.ts';
import type { Sample } from './sample.ts';
import { summaryOf } from './statistics.ts';

interface Line {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number;
  /** Median of the rounds' ratios. */
  readonly ratio: number;
  /** The larger of the two sides' spreads: interquartile range over median. */
  readonly spread: number;
  readonly bound: string;
  readonly isMet: boolean;
  /** CPU of the consuming process. */
  readonly oursCpuUs: number;
  readonly baselineCpuUs: number;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      only: { type: 'string', multiple: true },
      samples: { type: 'string', default: '5' },
    },
  });
  const samples = Number(values.samples);
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`--samples ${values.samples}: give a number of at least 1`);
  const chosen = values.only?.map(benchCaseOf) ?? benchCases;

  using emulator = await startEmulatorProcess();
  const lines: Line[] = [];
  for (const bench of chosen) {
    const line = await measure(bench, samples, emulator.connectionString);
    lines.push(line);
    process.stdout.write(`${describe(line)}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(lines, undefined, 2)}\n`);
  return lines.every((line) => line.isMet) ? 0 : 1;
}

async function measure(bench: BenchCase, samples: number, connectionString: string): Promise<Line> {
  const taken: Record<'ours' | 'baseline', Sample[]> = { ours: [], baseline: [] };
  for (let round = 0; round < samples; round++) {
    // Who goes first alternates too: a machine that slows down during the run favours neither.
    const order = round % 2 === 0 ? (['baseline', 'ours'] as const) : (['ours', 'baseline'] as const);
    for (const side of order)
      taken[side].push(readSample(await runSample(bench.name, side, connectionString)));
  }
  const valueOf = (sample: Sample): number =>
    bench.kind === 'overhead' ? sample.cpuUsPerEvent : sample.eventsPerSecond;
  const valueAt = (samples: readonly Sample[], round: number): number => {
    const sample = samples[round];
    return sample === undefined ? Number.NaN : valueOf(sample);
  };
  const ours = summaryOf(taken.ours.map(valueOf));
  const baseline = summaryOf(taken.baseline.map(valueOf));
  // Samples of one round are neighbours in time: their ratio survives a machine that is slow for a while.
  const ratio = summaryOf(
    taken.ours.map((sample, round) => valueOf(sample) / valueAt(taken.baseline, round)),
  ).median;
  return {
    name: bench.name,
    unit: bench.unit,
    ours: ours.median,
    baseline: baseline.median,
    ratio,
    spread: Math.max(ours.spread, baseline.spread),
    bound: bench.kind === 'overhead' ? `ours - baseline <= ${bench.bound}` : `ratio >= ${bench.bound}`,
    isMet: bench.kind === 'overhead' ? ours.median - baseline.median <= bench.bound : ratio >= bench.bound,
    oursCpuUs: summaryOf(taken.ours.map((sample) => sample.cpuUsPerEvent)).median,
    baselineCpuUs: summaryOf(taken.baseline.map((sample) => sample.cpuUsPerEvent)).median,
  };
}

function describe(line: Line): string {
  const { name, unit, ours, baseline, ratio, spread, bound, isMet } = line;
  return [
    name.padEnd(18),
    `ours ${shown(ours)} ${unit}`.padEnd(24),
    `bare SDK ${shown(baseline)} ${unit}`.padEnd(28),
    `ratio ${shown(ratio)}`.padEnd(14),
    `spread ${(spread * 100).toFixed(1)} %`.padEnd(15),
    `CPU ${shown(line.oursCpuUs)} / ${shown(line.baselineCpuUs)} us/event`.padEnd(30),
    `${isMet ? 'met' : 'MISSED'}: ${bound}`,
  ].join('  ');
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
