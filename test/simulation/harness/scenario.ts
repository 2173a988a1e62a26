// What the planned scenarios ask of a simulation: its verdict without any fault allowed, moves, and times unserved.

import assert from 'node:assert/strict';

import { comeToRest, judge, leaveInOrder } from './run-seed.ts';
import type { HeardReport, Simulation } from './simulation.ts';

/** Ends the run in order and asserts that nothing went wrong; returns its figures. */
export async function endWell(sim: Simulation): Promise<ReturnType<typeof judge>['summary']> {
  sim.traffic.end();
  await comeToRest(sim);
  await leaveInOrder(sim);
  const { failures, summary } = judge(0, sim);
  assert.deepEqual(failures, []);
  return summary;
}

/** Waits until leases are spread evenly; asserts that it took at most `limitMs`. */
export async function balance(sim: Simulation, limitMs: number): Promise<number> {
  const startedMs = sim.world.monotonicMs();
  assert.ok(await sim.until(() => sim.isBalanced, limitMs), `not balanced within ${limitMs} ms`);
  return sim.world.monotonicMs() - startedMs;
}

/** Leases taken since that place in the reports. */
export function takenSince(sim: Simulation, place: number): HeardReport[] {
  const isTaken = ({ report }: HeardReport): boolean =>
    report.kind === 'lease' && (report.change.startsWith('claimed') || report.change === 'received');
  return sim.reports.slice(place).filter(isTaken);
}

/** For each time a partition stopped being served, how long until it was served again. */
export function gapsMs(sim: Simulation): number[] {
  const stoppedAtMs = new Map<string, number>();
  const gaps: number[] = [];
  for (const { atMs, report } of sim.reports) {
    if (report.kind !== 'partition.state') continue;
    if (report.from === 'running') stoppedAtMs.set(report.partitionId, atMs);
    if (report.to !== 'running') continue;
    const sinceMs = stoppedAtMs.get(report.partitionId);
    if (sinceMs !== undefined) gaps.push(atMs - sinceMs);
    stoppedAtMs.delete(report.partitionId);
  }
  return gaps.sort((a, b) => a - b);
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
