// The planned scenarios: what a team does to its workers, and what the weather does to them. The real engine, simulated
// world, default settings unless a test says otherwise.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { balance, endWell, gapsMs, median, takenSince } from './harness/scenario.ts';
import { defaultSettings, fastLease } from './harness/settings.ts';
import type { SimWorker } from './harness/sim-worker.ts';
import { Simulation } from './harness/simulation.ts';

const { leaseMs, tickMs, handoverTimeoutMs } = defaultSettings.lease;

/** A group at rest: so many workers, balanced, traffic running. */
async function makeGroup(
  workers: number,
  options: Partial<ConstructorParameters<typeof Simulation>[0]> = {},
): Promise<{ sim: Simulation; workers: SimWorker[] }> {
  const sim = new Simulation({ seed: 11, ...options });
  sim.traffic.begin();
  for (let index = 1; index <= workers; index += 1) sim.start(`w${index}`);
  await balance(sim, 3 * tickMs);
  await sim.run(tickMs);
  return { sim, workers: sim.workers };
}

function ownedBy(sim: Simulation, worker: SimWorker): string[] {
  return [...sim.store.leases.values()]
    .filter(({ value }) => value.ownerId === worker.process.workerId)
    .map(({ value }) => value.partitionId);
}

/** Waits until each of the partitions is running under some worker since now. */
async function servedAgain(
  sim: Simulation,
  partitionIds: readonly string[],
  limitMs: number,
): Promise<number> {
  const place = sim.reports.length;
  const startedMs = sim.world.monotonicMs();
  const isServed = (partitionId: string): boolean =>
    sim.reports
      .slice(place)
      .some(
        ({ report }) =>
          report.kind === 'partition.state' && report.partitionId === partitionId && report.to === 'running',
      );
  assert.ok(
    await sim.until(() => partitionIds.every(isServed), limitMs),
    `not all of ${partitionIds.join(' ')} were served again within ${limitMs} ms`,
  );
  return sim.world.monotonicMs() - startedMs;
}

test('G4: 100 rolling deployments of 3 workers repeat no event and lose none', async () => {
  const { sim } = await makeGroup(3);
  for (let deployment = 1; deployment <= 100; deployment += 1) {
    for (const former of sim.workers) {
      sim.start(`d${deployment}-${former.process.workerId.split('-').at(-1)}`);
      await sim.run(3_000);
      sim.drain(former);
      await sim.until(() => former.process.isDead, defaultSettings.drainDeadlineMs);
      await sim.run(1_000);
    }
  }
  const summary = await endWell(sim);
  assert.equal(summary.duplicatesAllowed, 0);
  const gaps = gapsMs(sim);
  assert.ok(gaps.length > 500, `${gaps.length} moves`);
  assert.ok(median(gaps) < 1_000, `half of the moves took ${median(gaps)} ms`);
  assert.ok((gaps.at(-1) ?? 0) <= 2_000, `the longest move took ${gaps.at(-1)} ms`);
  const lost = sim.reports.filter(({ report }) => report.kind === 'lease' && report.change === 'lost');
  assert.deepEqual(lost, [], 'a lease that was handed over is not reported as lost');
});

test('G4: ten workers started in the same second on an empty store claim each partition once', async () => {
  const sim = new Simulation({ seed: 5, partitions: 32 });
  sim.traffic.begin();
  for (let index = 1; index <= 10; index += 1) {
    sim.start(`w${index}`);
    await sim.run(90);
  }
  await balance(sim, 3 * tickMs);
  await sim.run(6 * tickMs);
  assert.equal(takenSince(sim, 0).length, 32);
  assert.equal((await endWell(sim)).duplicatesAllowed, 0);
});

test('G4: 1 -> 2 -> 4 -> 8 -> 3 -> 1 workers: balanced within 3 ticks, fewest moves, nothing repeated', async () => {
  const sim = new Simulation({ seed: 7, partitions: 32, eventsPerSecond: 2 });
  sim.mood.maxMs = 100;
  sim.traffic.begin();
  let names = 0;
  // Moves that cannot be avoided: to or from the workers that came or went.
  for (const [size, fewestMoves] of [
    [1, 32],
    [2, 16],
    [4, 16],
    [8, 16],
    [3, 20],
    [1, 21],
  ] as const) {
    const place = sim.reports.length;
    while (sim.workers.length < size) sim.start(`w${(names += 1)}`);
    for (const worker of sim.workers.slice(size)) sim.drain(worker);
    await balance(sim, 3 * tickMs);
    await sim.run(4 * tickMs);
    assert.ok(sim.isBalanced);
    const moves = takenSince(sim, place).length;
    assert.ok(
      moves <= fewestMoves + (size === 1 && names > 1 ? 1 : 0),
      `${size} workers: ${moves} moves, ${fewestMoves} needed`,
    );
  }
  assert.equal((await endWell(sim)).duplicatesAllowed, 0);
});

test('G5: after kill -9 of one of four its partitions are served again within 40 s', async () => {
  const { sim, workers } = await makeGroup(4);
  const [victim] = workers;
  assert.ok(victim);
  const partitionIds = ownedBy(sim, victim);
  sim.crash(victim);
  await servedAgain(sim, partitionIds, 40_000);
  await endWell(sim);
});

test('G5: with the fast lease settings within 10 s', async () => {
  const { sim, workers } = await makeGroup(4, {
    settings: { ...defaultSettings, lease: { ...fastLease, leaseMs: 6_000 } },
  });
  const [victim] = workers;
  assert.ok(victim);
  const partitionIds = ownedBy(sim, victim);
  sim.crash(victim);
  await servedAgain(sim, partitionIds, 10_000);
  await endWell(sim);
});

test('G5: killed and started at once under the same worker id, it serves its own partitions again within 3 s', async () => {
  const { sim, workers } = await makeGroup(4);
  const [victim] = workers;
  assert.ok(victim);
  const partitionIds = ownedBy(sim, victim);
  sim.crash(victim);
  const place = sim.reports.length;
  sim.start(victim.process.workerId);
  await servedAgain(sim, partitionIds, 3_000);
  await sim.run(4 * tickMs);
  assert.equal(takenSince(sim, place).length, partitionIds.length, 'nothing else moved');
  await endWell(sim);
});

test('G6: a worker stopped for twice its lease can neither receive nor checkpoint when it wakes', async () => {
  const { sim, workers } = await makeGroup(3);
  const [sleeper] = workers;
  assert.ok(sleeper);
  sim.mood.maxMs = 4_000;
  await sim.run(2_000);
  const partitionIds = ownedBy(sim, sleeper);
  sim.pause(sleeper);
  await servedAgain(sim, partitionIds, 2 * leaseMs);
  await sim.run(leaseMs / 2);
  const wokenAtMs = sim.world.monotonicMs();
  const generations = new Map([...sim.store.leases].map(([id, { value }]) => [id, value.generation]));
  sim.resume(sleeper);
  await sim.run(tickMs);
  for (const entry of sim.history) {
    if (entry.atMs < wokenAtMs || entry.kind === 'sent' || !('process' in entry)) continue;
    if (entry.process !== sleeper.process.id || (entry.kind !== 'started' && entry.kind !== 'checkpoint'))
      continue;
    if (partitionIds.includes(entry.partitionId)) {
      assert.ok(
        (entry.generation ?? 0) > (generations.get(entry.partitionId) ?? 0),
        `${entry.kind} under a lost lease`,
      );
    }
  }
  sim.mood.maxMs = 20;
  await endWell(sim);
});

test('G8: the store is unreachable for ten minutes: handling stops with the lease, and goes on within a tick and a lease', async () => {
  const { sim } = await makeGroup(3);
  sim.setStoreDown(true);
  const downAtMs = sim.world.monotonicMs();
  await sim.run(600_000);
  const startsMs = sim.history.filter((entry) => entry.kind === 'started').map((entry) => entry.atMs);
  const lastStartMs = startsMs.at(-1) ?? 0;
  assert.ok(lastStartMs > downAtMs + leaseMs / 2, 'handling goes on while the lease is provably ours');
  assert.ok(lastStartMs < downAtMs + leaseMs, 'and stops when it is not');
  sim.setStoreDown(false);
  await sim.until(() => sim.history.at(-1)?.kind === 'started', tickMs + leaseMs);
  assert.equal(sim.history.at(-1)?.kind, 'started');
  assert.deepEqual(
    sim.workers.map((worker) => worker.process.id),
    ['w1#1', 'w2#1', 'w3#1'],
    'no restart',
  );
  await endWell(sim);
});

test('G4: an owner whose handler is deaf gives its partition up only after the handover timeout', async () => {
  const { sim } = await makeGroup(1, { partitions: 2 });
  sim.mood.hangRate = 1;
  sim.mood.hangMs = handoverTimeoutMs * 2;
  sim.mood.isDeaf = true;
  await sim.run(5_000);
  sim.mood.hangRate = 0;
  sim.start('w2');
  await sim.run(handoverTimeoutMs / 2);
  assert.equal(sim.isBalanced, false, 'the live owner keeps it');
  await balance(sim, handoverTimeoutMs);
  await sim.run(1_000);
  const changes = sim.reports.flatMap(({ report }) => (report.kind === 'lease' ? [report.change] : []));
  assert.ok(changes.includes('claimed-after-timeout'));
  await sim.run(handoverTimeoutMs * 2);
  await endWell(sim);
});

test('G4: a worker that leaves while a partition is on its way to it leaves nothing in its name', async () => {
  for (let delayMs = 0; delayMs < 1_500; delayMs += 30) {
    const { sim } = await makeGroup(1, {
      seed: delayMs,
      partitions: 2,
      settings: { ...defaultSettings, lease: fastLease },
    });
    const guest = sim.start('w2');
    await sim.until(
      () => [...sim.store.leases.values()].some(({ value }) => value.requestedBy === 'w2'),
      5_000,
    );
    await sim.run(delayMs);
    sim.drain(guest);
    await sim.until(() => guest.process.isDead, 10_000);
    const names = [...sim.store.leases.values()].map(({ value }) => value.ownerId);
    assert.equal(names.includes('w2'), false, `left ${delayMs} ms after it had asked`);
    assert.equal(sim.store.members.has('w2'), false, 'its member record is gone');
    await endWell(sim);
  }
});

test('G4: a store that answers late costs no lease, however much is claimed meanwhile', async () => {
  const { sim, workers } = await makeGroup(2, { partitions: 12, storeTimeoutMs: 15_000 });
  const [survivor, victim] = workers;
  assert.ok(survivor && victim);
  sim.store.faults.extraLatencyMs = 4_000;
  sim.crash(victim);
  const place = sim.reports.length;
  await sim.until(() => ownedBy(sim, survivor).length === 12, 4 * leaseMs);
  await sim.run(2 * leaseMs);
  assert.equal(ownedBy(sim, survivor).length, 12);
  const suspended = sim.reports
    .slice(place)
    .filter(({ report }) => report.kind === 'partition.state' && report.to === 'suspended');
  assert.deepEqual(suspended, [], 'nothing delays a renewal');
  sim.store.faults.extraLatencyMs = 0;
  await endWell(sim);
});
