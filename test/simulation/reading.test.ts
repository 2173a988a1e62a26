// G11: what the hub has is read, what it has not is told, and what gets lost on the way is noticed. The real engine in the
// simulated world.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { endWell } from './harness/scenario.ts';
import { defaultSettings } from './harness/settings.ts';
import { Simulation } from './harness/simulation.ts';

const { stallTimeoutMs, probeMs } = defaultSettings.watch;
/** Until the last numbers of a quiet partition are passed: it is silent, its link is renewed, and looked at once more. */
const tailMs = stallTimeoutMs + 3 * probeMs;

async function oneWorker(options: Partial<ConstructorParameters<typeof Simulation>[0]> = {}) {
  const sim = new Simulation({ seed: 17, partitions: 2, isTraced: true, ...options });
  Object.assign(sim.broker.flaws, { gapRate: 0 });
  sim.start('w1');
  await sim.run(20_000);
  return sim;
}

/** Empty numbers told of, in order. */
function toldGaps(sim: Simulation): string[] {
  return sim.history.flatMap((entry) =>
    entry.kind === 'gap' ? [`${entry.partitionId}: ${entry.from}-${entry.to}`] : [],
  );
}

function stallSteps(sim: Simulation): string[] {
  return sim.trace.lines.flatMap(({ text }) => /partition\.stalled .*step=(\S+)/.exec(text)?.slice(1) ?? []);
}

function send(sim: Simulation, partitionId: string, count: number): void {
  for (let index = 0; index < count; index += 1) sim.broker.send(partitionId, 'key');
}

test('G11: deliveries that get lost are read again: none of the events is lost, none is called empty', async () => {
  const sim = await oneWorker({ eventsPerSecond: 5 });
  sim.broker.flaws.dropRate = 0.05;
  sim.traffic.begin();
  await sim.run(600_000);
  assert.ok(sim.trace.lines.filter(({ text }) => text.includes('gets lost')).length > 50);
  assert.deepEqual(toldGaps(sim), []);
  const { lost, duplicatesAllowed } = await endWell(sim);
  assert.deepEqual({ lost, duplicatesAllowed }, { lost: 0, duplicatesAllowed: 0 });
});

test('G11 G10: a lost delivery with nothing behind it is noticed all the same', async () => {
  const sim = await oneWorker();
  send(sim, '0', 3);
  await sim.run(5_000);
  sim.broker.flaws.dropRate = 1;
  send(sim, '0', 1);
  await sim.run(tailMs);
  assert.deepEqual(toldGaps(sim), []);
  assert.equal((await endWell(sim)).handled, 4);
});

test('G11: each number that no event has is told once, and counted exactly', async () => {
  const sim = await oneWorker({ eventsPerSecond: 5 });
  sim.broker.flaws.gapRate = 0.2;
  sim.traffic.begin();
  await sim.run(300_000);
  const { duplicatesAllowed, lost } = await endWell(sim);
  assert.deepEqual({ lost, duplicatesAllowed }, { lost: 0, duplicatesAllowed: 0 });
  const told = sim.history.flatMap((entry) => (entry.kind === 'gap' ? [entry.to - entry.from + 1] : []));
  let missing = 0;
  for (const { events } of sim.broker.logs.values()) {
    missing += (events.at(-1)?.sequenceNumber ?? -1) + 1 - events.length;
  }
  assert.ok(missing > 100);
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    missing,
  );
});

test('G11: a compacted partition costs a link a minute, not one for each gap', async () => {
  const sim = await oneWorker({ eventsPerSecond: 20 });
  sim.broker.flaws.gapRate = 0.5;
  sim.traffic.begin();
  await sim.run(300_000);
  const opened = sim.trace.lines.filter(({ text }) => /link 0 .* opens/.test(text)).length;
  assert.ok(opened <= 1 + 3 + 5 + 1, `${opened} links`);
  await endWell(sim);
});

test('G9 G11: numbers at the end that no event has become no lag, no restart, and are told once', async () => {
  const sim = await oneWorker();
  send(sim, '0', 11);
  await sim.run(5_000);
  sim.broker.trail('0', 2);
  await sim.run(tailMs);
  assert.deepEqual(sim.lagging, []);
  assert.deepEqual(toldGaps(sim), ['0: 11-12']);
  assert.deepEqual(stallSteps(sim), ['recycle-link']);
  await sim.run(10 * tailMs);
  assert.deepEqual(stallSteps(sim), ['recycle-link']);
  assert.equal(sim.workers[0]?.engine.status().exhausted, undefined);
  send(sim, '0', 1);
  await sim.run(5_000);
  assert.deepEqual(sim.lagging, []);
  assert.deepEqual(toldGaps(sim), ['0: 11-12']);
  const { handled, duplicatesAllowed } = await endWell(sim);
  assert.deepEqual({ handled, duplicatesAllowed }, { handled: 12, duplicatesAllowed: 0 });
});

test('G9 G11: a worker that starts at such an end gets there too', async () => {
  const sim = await oneWorker();
  send(sim, '0', 11);
  await sim.run(30_000);
  for (const worker of sim.workers) sim.drain(worker);
  await sim.until(() => sim.workers.length === 0, 60_000);
  sim.broker.trail('0', 2);
  sim.start('w2');
  await sim.run(20_000 + tailMs);
  assert.deepEqual(sim.lagging, []);
  assert.deepEqual(toldGaps(sim), ['0: 11-12']);
  assert.equal((await endWell(sim)).duplicatesAllowed, 0);
});

test('G10 G11: a link that only looks alive is not taken for the end, nor is its client', async () => {
  for (const how of ['link', 'client'] as const) {
    const sim = await oneWorker({ partitions: 1 });
    send(sim, '0', 11);
    await sim.run(5_000);
    const [worker] = sim.workers;
    assert.ok(worker);
    if (how === 'link') sim.broker.breakLink(worker.process, 'silent');
    else sim.broker.silenceClient(worker.process);
    send(sim, '0', 2);
    sim.broker.trail('0', 2);
    await sim.run(2 * tailMs + 2 * stallTimeoutMs);
    assert.deepEqual(sim.lagging, [], how);
    assert.deepEqual(toldGaps(sim), ['0: 13-14'], how);
    assert.equal(sim.history.filter(({ kind }) => kind === 'born').length, 1, 'no restart');
    assert.equal((await endWell(sim)).handled, 13);
  }
});

test('G9 G11: a gap that retention made is expired, without another reading', async () => {
  const sim = await oneWorker({ partitions: 1 });
  send(sim, '0', 11);
  await sim.run(5_000);
  const [worker] = sim.workers;
  assert.ok(worker);
  sim.broker.breakLink(worker.process, 'silent');
  send(sim, '0', 20);
  await sim.run(1_000);
  sim.broker.expire('0', 21);
  const place = sim.trace.lines.length;
  sim.broker.breakLink(worker.process, 'dies');
  await sim.run(10_000);
  const lines = sim.trace.lines.slice(place).map(({ text }) => text);
  assert.ok(lines.some((text) => text.includes('reason=expired events=10')));
  assert.equal(lines.filter((text) => text.includes('opens')).length, 1);
  assert.deepEqual(toldGaps(sim), []);
  assert.equal((await endWell(sim)).lost, 0);
});

test('G11: what cannot be read is a dead letter for that reason, whatever the handler is', async () => {
  for (const form of ['event', 'batch'] as const) {
    const sim = await oneWorker({ eventsPerSecond: 5, form });
    sim.broker.flaws.unreadableRate = 0.2;
    sim.traffic.begin();
    await sim.run(60_000);
    const letters = sim.history.filter((entry) => entry.kind === 'dead-lettered');
    assert.ok(letters.length > 20);
    assert.ok(letters.every((entry) => entry.reason === 'undecodable'));
    await endWell(sim);
  }
});
