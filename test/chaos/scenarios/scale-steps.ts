// Workers come and go under load: each step must end in equal shares, with as few moves as the step needs, and without
// repeating, losing or reordering an event.
import { setTimeout as delay } from 'node:timers/promises';
import { fewestMoves } from '../fewest-moves.ts';
import type { Fleet } from '../fleet.ts';
import { monotonicMs } from '../monotonic-time.ts';
import { historyParts, measureInFleet, measured, rounded } from './measurement.ts';
import type { Measurement, ScenarioOptions } from './measurement.ts';

export interface ScaleOptions extends ScenarioOptions {
  /** Numbers of workers, one step after another. */
  readonly steps: readonly number[];
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly balancedMs: number;
  readonly moves: number;
  readonly fewestMoves: number;
}

export function measureScaleSteps(options: ScaleOptions): Promise<Measurement> {
  return measureInFleet(options, { workers: Math.max(...options.steps) }, async (fleet) => {
    const steps: Step[] = [];
    let workers = options.steps[0] ?? 1;
    await setWorkers(fleet, 0, workers);
    await fleet.balanced(workerIds(fleet, workers), 60_000);
    const load = fleet.startLoad({ eventsPerSecond: options.eventsPerSecond, keysPerPartition: 50 });
    await delay(options.lease.tickMs);
    for (const to of options.steps.slice(1)) {
      const step = await takeStep(fleet, options, workers, to);
      steps.push(step);
      workers = to;
    }
    await load.stop();
    await fleet.drained(60_000);
    const { summary } = await fleet.judge(options.lease);
    const ticks = steps.map(({ balancedMs }) => balancedMs / options.lease.tickMs);
    return measured(
      `scale ${options.steps.join(' -> ')}`,
      '0 lost, 0 duplicates, 0 out of order; balanced within 3 ticks; as few moves as the step needs',
      {
        ...historyParts(summary),
        'no duplicates at all': summary.duplicatesAllowed === 0,
        'balanced within 3 ticks': ticks.every((count) => count <= 3),
        'fewest moves': steps.every(({ moves, fewestMoves }) => moves === fewestMoves),
      },
      {
        ...summary,
        partitions: options.partitions,
        steps: steps.map(({ from, to }) => `${from}->${to}`).join(' '),
        balancedMs: rounded(steps.map(({ balancedMs }) => balancedMs)),
        moves: steps.map(({ moves }) => moves),
        fewestMoves: steps.map(({ fewestMoves }) => fewestMoves),
      },
    );
  });
}

async function takeStep(fleet: Fleet, options: ScaleOptions, from: number, to: number): Promise<Step> {
  const fewest = fewestMoves(fleet.ownedBy(workerIds(fleet, Math.max(from, to))), from, to);
  const sinceMs = monotonicMs();
  await setWorkers(fleet, from, to);
  await fleet.balanced(workerIds(fleet, to), options.lease.tickMs * 6);
  // A new worker counts from its first word in the store: how long a process takes to start is another matter.
  const joined = fleet.storeLog.members.filter(({ atMs, state }) => atMs >= sinceMs && state === 'joining');
  const balancedAtMs = fleet.storeLog.moves(sinceMs).at(-1)?.atMs ?? sinceMs;
  const beganMs = to > from ? Math.max(sinceMs, ...joined.map(({ atMs }) => atMs)) : sinceMs;
  // Moves after the balance would be thrashing: they count.
  await delay(options.lease.tickMs * 1.5);
  const moves = fleet.storeLog.moves(sinceMs).length;
  return { from, to, balancedMs: balancedAtMs - beganMs, moves, fewestMoves: fewest };
}

/** Starts or ends (SIGTERM) workers so that the first `to` run; settles when those that leave have left. */
async function setWorkers(fleet: Fleet, from: number, to: number): Promise<void> {
  const starting = fleet.slots.slice(from, to);
  const leaving = fleet.slots.slice(to, from);
  await Promise.all(starting.map((slot) => slot.start()));
  const ends = await Promise.all(leaving.map((slot) => slot.terminate()));
  for (const { exitCode } of ends) {
    if (exitCode !== 0) throw new Error(`A worker ended with ${exitCode} after SIGTERM.`);
  }
}

function workerIds(fleet: Fleet, count: number): string[] {
  return fleet.slots.slice(0, count).map(({ workerId }) => workerId);
}
