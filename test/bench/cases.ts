// What `npm run bench` measures: one entry per line of its output, each with the bound the project holds itself to.

import type { Ordering } from '../../src/engine/settings.ts';

/** Throughput of one consumer that reads a filled hub, ours beside the bare SDK. */
export interface ThroughputCase {
  readonly kind: 'throughput';
  readonly name: string;
  readonly unit: 'events/s';
  /** Which filled hub is read. */
  readonly hub: BenchHub;
  /** The handler waits so long; 0: it returns at once. */
  readonly handlerMs: number;
  readonly ordering: Ordering;
  readonly concurrency: number;
  /**
   * Events before the measured ones, which the handler returns from at once: links open, buffers fill and code is compiled,
   * which a process that runs for days does once.
   */
  readonly warmupEvents: number;
  /** Measured events; the slow side gets fewer, so that both take seconds. */
  readonly oursEvents: number;
  readonly baselineEvents: number;
  /** Whether the bare SDK parses bodies, as it does unless told otherwise. */
  readonly doesBaselineParse: boolean;
  /** ours / baseline must be at least this. */
  readonly bound: number;
}

/** CPU per event of the engine alone, beside a loop that only calls the handler. */
export interface OverheadCase {
  readonly kind: 'overhead';
  readonly name: string;
  readonly unit: 'us/event';
  /** ours - baseline must be at most this. */
  readonly bound: number;
}

export type BenchCase = ThroughputCase | OverheadCase;

export interface BenchHub {
  readonly name: string;
  readonly partitions: number;
  readonly events: number;
  /** Distinct partition keys, taken in turn; 0: events without a key. */
  readonly keys: number;
  readonly bodyBytes: number;
}

const manyKeys: BenchHub = { name: 'keys-1000', partitions: 1, events: 30_000, keys: 1000, bodyBytes: 256 };
const fewKeys: BenchHub = { name: 'keys-64', partitions: 1, events: 20_000, keys: 64, bodyBytes: 256 };
const wide: BenchHub = { name: 'wide', partitions: 4, events: 240_100, keys: 0, bodyBytes: 1024 };

/** Every hub the emulator is filled with. */
export const benchHubs: readonly BenchHub[] = [manyKeys, fewKeys, wide];

const waiting = {
  kind: 'throughput',
  unit: 'events/s',
  handlerMs: 10,
  ordering: 'key',
  concurrency: 64,
  warmupEvents: 10_000,
  baselineEvents: 250,
  doesBaselineParse: false,
} as const;

const noop = {
  kind: 'throughput',
  unit: 'events/s',
  hub: wide,
  handlerMs: 0,
  ordering: 'key',
  concurrency: 64,
  warmupEvents: 80_000,
  oursEvents: 160_000,
  baselineEvents: 160_000,
} as const;

export const benchCases: readonly BenchCase[] = [
  { ...waiting, name: 'keyed-1000-10ms', hub: manyKeys, oursEvents: 18_000, bound: 40 },
  { ...waiting, name: 'keyed-64-10ms', hub: fewKeys, oursEvents: 9000, bound: 30 },
  { ...waiting, name: 'ordered-10ms', hub: manyKeys, ordering: 'partition', oursEvents: 250, bound: 1 },
  { kind: 'overhead', name: 'overhead-us', unit: 'us/event', bound: 2 },
  { ...noop, name: 'noop-1kb', doesBaselineParse: false, bound: 0.9 },
  { ...noop, name: 'noop-1kb-default', doesBaselineParse: true, bound: 1 },
];

/** Throws RangeError on a name that is none. */
export function benchCaseOf(name: string): BenchCase {
  const found = benchCases.find((bench) => bench.name === name);
  if (found === undefined) {
    throw new RangeError(
      `there is no benchmark ${name}; there are ${benchCases.map((bench) => bench.name).join(', ')}`,
    );
  }
  return found;
}

/** Received at once and kept on the way, on both sides alike: the defaults of the configuration. */
export const receiveSettings = { maxBatchSize: 250, prefetchEvents: 1000 } as const;
