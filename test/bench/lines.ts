// From samples to the lines of the output: medians, ratios, how far they spread, and whether a goal is met. Pure.

import type { Taken } from './measure.ts';
import type { SampleField } from './sample.ts';
import type { Goal, Scenario } from './scenarios.ts';
import { quartilesOf, summaryOf } from './statistics.ts';

export interface Line {
  readonly name: string;
  readonly unit: string;
  /** Medians. */
  readonly ours: number;
  readonly baseline: number;
  /** Who the baseline is. */
  readonly against: string;
  /** Median of the rounds' ours / baseline. */
  readonly ratio: number;
  /** The larger of the two sides' spreads: interquartile range over median. */
  readonly spread: number;
  readonly samples: number;
  readonly goal?: string;
  readonly verdict?: Verdict;
}

export type Verdict = 'met' | 'missed' | 'within the noise';

const units: Readonly<Record<SampleField, string>> = {
  cpuUs: 'us/event',
  eventsPerSecond: 'events/s',
  rssMb: 'MB',
  p50Ms: 'ms',
  p99Ms: 'ms',
};

/** A line for each row both of whose sides were measured. */
export function linesOf({ rows }: Scenario, taken: Taken): readonly Line[] {
  return rows.flatMap((row) => {
    const ours = taken.get('run')?.map((sample) => sample[row.field]) ?? [];
    const baseline = taken.get(row.against)?.map((sample) => sample[row.field]) ?? [];
    if (ours.length === 0 || baseline.length !== ours.length) return [];
    const { name, field, against, goal } = row;
    return [compare({ name, unit: units[field], against, goal }, ours, baseline)];
  });
}

interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly against: string;
  readonly goal: Goal | undefined;
}

/** Samples of one place in both lists are neighbours in time. */
export function compare(
  { name, unit, against, goal }: Compared,
  ours: readonly number[],
  baseline: readonly number[],
): Line {
  const ratios = ours.map((value, round) => value / (baseline[round] ?? Number.NaN));
  const [our, their] = [summaryOf(ours), summaryOf(baseline)];
  return {
    name,
    unit,
    ours: our.median,
    baseline: their.median,
    against,
    ratio: summaryOf(ratios).median,
    spread: Math.max(our.spread, their.spread),
    samples: ours.length,
    ...(goal === undefined
      ? {}
      : { goal: goalText(goal), verdict: judge(goal, goal.of === 'ours' ? ours : ratios) }),
  };
}

/** Missed only where the whole middle half of the samples is beyond the bound. */
export function judge(
  { atMost = Number.POSITIVE_INFINITY, atLeast = 0 }: Goal,
  values: readonly number[],
): Verdict {
  const { low, median, high } = quartilesOf(values);
  if (median >= atLeast && median <= atMost) return 'met';
  return low > atMost || high < atLeast ? 'missed' : 'within the noise';
}

function goalText({ of, atMost, atLeast }: Goal): string {
  const bounds = [
    ...(atMost === undefined ? [] : [`at most ${String(atMost)}`]),
    ...(atLeast === undefined ? [] : [`at least ${String(atLeast)}`]),
  ];
  return `${of} ${bounds.join(' and ')}`;
}

/** One line for people. */
export function textOf(line: Line): string {
  const { name, unit, ours, baseline, against, ratio, spread, goal, verdict } = line;
  return [
    name.padEnd(28),
    `ours ${shown(ours)} ${unit}`.padEnd(24),
    `${against} ${shown(baseline)} ${unit}`.padEnd(30),
    `ratio ${shown(ratio)}`.padEnd(14),
    `spread ${(spread * 100).toFixed(1)} %`.padEnd(15),
    goal === undefined ? '' : `${verdict ?? ''}: ${goal}`,
  ]
    .join('  ')
    .trimEnd();
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
