// What `npm run bench` measures: one entry per situation, each with the consumers that take turns in it and the rows that are
// made of their samples.

import type { ContenderName, Work } from './contenders/contender.ts';
import type { BenchHub } from './hub.ts';
import type { SampleField } from './sample.ts';

export interface Goal {
  /** Of what: ours alone, or ours / baseline. */
  readonly of: 'ours' | 'ratio';
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Row {
  readonly name: string;
  readonly field: SampleField;
  readonly against: Exclude<ContenderName, 'run'>;
  readonly goal?: Goal;
}

export interface Scenario {
  readonly name: string;
  /** A filled hub that is read as fast as it goes, or one that is fed at a rate. */
  readonly load:
    | BacklogLoad
    | { readonly kind: 'rate'; readonly eventsPerSecond: number; readonly seconds: number };
  readonly hub: BenchHub;
  readonly work: Work;
  readonly isTls?: true;
  /** Of `run`, besides the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly contenders: readonly ContenderName[];
  readonly rows: readonly Row[];
}

export interface BacklogLoad {
  readonly kind: 'backlog';
  /** Handled before the measured ones: links open, buffers fill and code is compiled, which a process does once in days. */
  readonly warmupEvents: number;
  /** Measured at most, and for so long at most: the slow side gets fewer. */
  readonly measuredEvents: number;
  readonly maxSeconds: number;
}

const discard: Work = { handlerMs: 0, unwaitedEvents: 0, readsProperties: false, measuresLatency: false };
const wide = { partitions: 4, keys: 0, hasProperties: false };
/** Enough for a second of CPU on the fastest side, so that steps of 10 ms do not show. */
const oneKilobyte = { ...wide, events: 800_000, bodyBytes: 1024 };
const fast: BacklogLoad = { kind: 'backlog', warmupEvents: 250_000, measuredEvents: 500_000, maxSeconds: 20 };

function backlog(
  name: string,
  changes: Partial<Scenario> & { readonly goal?: Goal; readonly foreign?: readonly ('go' | 'java')[] } = {},
): Scenario {
  const { goal, foreign = [], ...given } = changes;
  return {
    name,
    load: fast,
    hub: oneKilobyte,
    work: discard,
    contenders: ['run', 'bare', ...foreign],
    rows: [
      { name: `${name}-cpu`, field: 'cpuUs', against: 'bare', ...(goal === undefined ? {} : { goal }) },
      { name: `${name}-rate`, field: 'eventsPerSecond', against: 'bare' },
      { name: `${name}-rss`, field: 'rssMb', against: 'bare' },
      ...foreign.flatMap((other): readonly Row[] => [
        {
          name: `${name}-cpu-vs-${other}`,
          field: 'cpuUs',
          against: other,
          ...(goal !== undefined && other === 'java' ? { goal: { of: 'ratio', atMost: 1 } } : {}),
        },
        { name: `${name}-rate-vs-${other}`, field: 'eventsPerSecond', against: other },
        { name: `${name}-rss-vs-${other}`, field: 'rssMb', against: other },
      ]),
    ],
    ...given,
  };
}

function latency(eventsPerSecond: number, seconds: number, goal?: Goal): Scenario {
  const name = `latency-${String(eventsPerSecond)}`;
  return {
    name,
    load: { kind: 'rate', eventsPerSecond, seconds },
    hub: { ...wide, events: 0, bodyBytes: 1024 },
    work: { ...discard, measuresLatency: true },
    contenders: ['run', 'bare', 'go'],
    rows: (['bare', 'go'] as const).flatMap((against): readonly Row[] => {
      const suffix = against === 'bare' ? '' : `-vs-${against}`;
      return [
        {
          name: `${name}-p50${suffix}`,
          field: 'p50Ms',
          against,
          ...(goal === undefined || against !== 'bare' ? {} : { goal }),
        },
        { name: `${name}-p99${suffix}`, field: 'p99Ms', against },
      ];
    }),
  };
}

/** Before the keyed handlers begin to wait. */
const unwaitedEvents = 10_000;

/** A handler that waits 10 ms, events of few or many keys in one partition. */
function keyed(
  name: string,
  hub: { readonly events: number; readonly keys: number },
  contenders: readonly ('sequential' | 'limiter')[],
  goal: Goal,
  settings: Scenario['settings'] = {},
): Scenario {
  return {
    name,
    load: { kind: 'backlog', warmupEvents: unwaitedEvents + 100, measuredEvents: 18_000, maxSeconds: 4 },
    hub: { partitions: 1, bodyBytes: 256, hasProperties: false, ...hub },
    work: { ...discard, handlerMs: 10, unwaitedEvents },
    settings,
    contenders: ['run', ...contenders],
    rows: contenders.map((against): Row => {
      if (against === 'sequential') return { name, field: 'eventsPerSecond', against, goal };
      return { name: `${name}-vs-limiter`, field: 'eventsPerSecond', against };
    }),
  };
}

export const scenarios: readonly Scenario[] = [
  backlog('run-1kb', { goal: { of: 'ratio', atMost: 0.4 }, foreign: ['go', 'java'] }),
  backlog('run-1kb-properties', {
    hub: { ...oneKilobyte, hasProperties: true },
    work: { ...discard, readsProperties: true },
    goal: { of: 'ratio', atMost: 0.6 },
  }),
  backlog('run-1kb-keys', { hub: { ...oneKilobyte, keys: 1000 } }),
  backlog('run-1kb-tls', { isTls: true }),
  backlog('run-100b', { hub: { ...oneKilobyte, bodyBytes: 120 }, foreign: ['go', 'java'] }),
  backlog('run-64kb', {
    hub: { ...wide, events: 24_000, bodyBytes: 65_536 },
    load: { ...fast, warmupEvents: 4000, measuredEvents: 18_000 },
  }),
  latency(50, 8, { of: 'ours', atMost: 4 }),
  latency(5000, 5),
  keyed('keyed-1000-10ms', { events: 30_000, keys: 1000 }, ['sequential', 'limiter'], {
    of: 'ratio',
    atLeast: 40,
  }),
  keyed('keyed-64-10ms', { events: 30_000, keys: 64 }, ['sequential', 'limiter'], {
    of: 'ratio',
    atLeast: 30,
  }),
  keyed(
    'ordered-10ms',
    { events: 12_000, keys: 1000 },
    ['sequential'],
    { of: 'ratio', atLeast: 0.95 },
    {
      ORDERING: 'partition',
    },
  ),
];

/**
 * Scenarios with the rows that are asked for, by their own names or by a scenario's; `others` are names that are none and known
 * all the same. Throws RangeError on a name that is unknown.
 */
export function chosen(names: readonly string[], others: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  const known = new Set([
    ...scenarios.flatMap(({ name, rows }) => [name, ...rows.map((row) => row.name)]),
    ...others,
  ]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new RangeError(`there is no benchmark ${unknown}; there are ${[...known].join(', ')}`);
  }
  return scenarios.flatMap((scenario) => {
    const rows = scenario.rows.filter(({ name }) => names.includes(name) || names.includes(scenario.name));
    if (rows.length === 0) return [];
    const contenders = scenario.contenders.filter(
      (contender) => contender === 'run' || rows.some(({ against }) => against === contender),
    );
    return [{ ...scenario, rows, contenders }];
  });
}
