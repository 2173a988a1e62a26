// One sample: what one consumer needed for its measured events, after those that warmed it up. Read from outside: its CPU and
// memory from the kernel, its events by asking.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contenders/contender.ts';
import { usageOf } from './process-usage.ts';
import type { BacklogLoad } from './scenarios.ts';

export interface Sample {
  readonly cpuUs: number;
  readonly eventsPerSecond: number;
  readonly rssMb: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type SampleField = keyof Sample;

const startDeadlineMs = 90_000;
/** Each question costs the asked one up to a millisecond of CPU: few enough to be lost in the noise. */
const askEveryMs = 300;

interface Mark {
  readonly atMs: number;
  readonly events: number;
  readonly cpuUs: number;
}

export async function sampleBacklog(contender: Contender, load: BacklogLoad): Promise<Sample> {
  const first = await waitFor(contender, load.warmupEvents, startDeadlineMs);
  const last = await waitFor(
    contender,
    first.events + load.measuredEvents - 1000,
    load.maxSeconds * 1000,
    true,
  );
  const { residentBytes } = await usageOf(contender.pid);
  const events = last.events - first.events;
  return {
    cpuUs: (last.cpuUs - first.cpuUs) / events,
    eventsPerSecond: (events * 1000) / (last.atMs - first.atMs),
    rssMb: residentBytes / 1024 ** 2,
    p50Ms: Number.NaN,
    p99Ms: Number.NaN,
  };
}

/** The hub is fed from before the contender starts until after the sample. */
export async function sampleLatency(contender: Contender, seconds: number): Promise<Sample> {
  await waitFor(contender, 100, startDeadlineMs);
  await sleep(2000);
  await contender.latencies();
  const first = await markOf(contender);
  await sleep(seconds * 1000);
  const { p50Ms, p99Ms } = await contender.latencies();
  const last = await markOf(contender);
  const { residentBytes } = await usageOf(contender.pid);
  const events = last.events - first.events;
  return {
    cpuUs: (last.cpuUs - first.cpuUs) / events,
    eventsPerSecond: (events * 1000) / (last.atMs - first.atMs),
    rssMb: residentBytes / 1024 ** 2,
    p50Ms,
    p99Ms,
  };
}

/** The first mark with so many events; at the deadline the one there is, when that is enough to go by. */
async function waitFor(
  contender: Contender,
  events: number,
  deadlineMs: number,
  isEnough = false,
): Promise<Mark> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const mark = await markOf(contender);
    if (mark.events >= events) return mark;
    if (mark.atMs > endMs) {
      if (isEnough) return mark;
      throw new Error(`${String(mark.events)} of ${String(events)} events within ${String(deadlineMs)} ms`);
    }
    await sleep(askEveryMs);
  }
}

async function markOf(contender: Contender): Promise<Mark> {
  const events = await contender.count();
  const { cpuUs } = await usageOf(contender.pid);
  return { atMs: performance.now(), events, cpuUs };
}
