// One seed, one run: a world drawn from the seed, chaos for a while, then everything is healed, the group has to come to
// rest, and the history is checked.

import type { HistorySummary } from '../../support/history-checks.ts';
import { checkHistory, summarize } from '../../support/history-checks.ts';
import type { Finding } from '../../support/finding.ts';
import { Chronicle } from '../../support/history.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Chaos, CommandName } from './chaos-commands.ts';
import { commandNames, commands, plannedCommands } from './chaos-commands.ts';
import type { GroupSettings } from './settings.ts';
import { defaultSettings, fastLease } from './settings.ts';
import { Simulation } from './simulation.ts';
import type { TraceLine } from './trace.ts';

export interface RunResult {
  readonly seed: number;
  /** What must not be: empty for a good run. */
  readonly failures: readonly string[];
  readonly summary: HistorySummary;
  readonly simulatedMs: number;
  readonly lines: readonly TraceLine[];
}

/** After everything is healed the group must be balanced and drained within so many leases (and handover timeouts). */
const restLeases = 8;
/** Workers look for new partitions this often. */
const partitionRefreshMs = 300_000;

export async function runSeed(seed: number, isTraced = false): Promise<RunResult> {
  const random = new SeededRandom(seed).fork('plan');
  const settings = drawSettings(random);
  const partitions = random.pick([1, 2, 4, 8, 12]);
  const maxWorkers = random.integer(1, 5);
  const sim = new Simulation({
    seed,
    partitions,
    settings,
    form: random.chance(0.25) ? 'batch' : 'event',
    eventsPerSecond: random.pick([0.1, 0.5, 2]),
    isTraced,
  });
  // A hub that loses deliveries has no gaps of its own: among many real ones a lost delivery is passed like them.
  const isLossy = random.chance(0.25);
  if (isLossy) Object.assign(sim.broker.flaws, { gapRate: 0, dropRate: random.pick([0.01, 0.1]) });
  let workerNames = 0;
  const chaos: Chaos = {
    sim,
    random,
    maxWorkers,
    maxPartitions: partitions + 2,
    newWorkerId: () => `w${(workerNames += 1)}`,
    isOver: false,
  };
  sim.trace.note('plan', () => `seed ${seed}: ${partitions} partitions, ${JSON.stringify(settings)}`);
  sim.traffic.begin();
  for (let index = 0; index < maxWorkers; index += 1) sim.start(chaos.newWorkerId());
  const names = random.chance(0.15) ? plannedCommands : drawCommands(random, isLossy);
  await giveCommands(chaos, names);
  await heal(chaos);
  await comeToRest(sim);
  await leaveInOrder(sim);
  const result = judge(seed, sim);
  const { duplicatesAllowed } = result.summary;
  if (names !== plannedCommands || duplicatesAllowed === 0) return result;
  return { ...result, failures: [...result.failures, `G4: ${duplicatesAllowed} repeated without any fault`] };
}

/** The verdict on whatever was done to a simulation. */
export function judge(seed: number, sim: Simulation): RunResult {
  const chronicle = new Chronicle(sim.history);
  const findings = checkHistory(chronicle, {
    leaseMs: sim.settings.lease.leaseMs,
    handoverTimeoutMs: sim.settings.lease.handoverTimeoutMs,
    toleranceMs: 1_000,
    callTimeoutMs: 5_000,
    foreign: sim.foreign,
  });
  const wrong = findings.filter((finding) => !finding.isAllowed);
  return {
    seed,
    failures: [...sim.problems, ...wrong.map((finding) => describe(finding, sim))],
    summary: summarize(chronicle, findings),
    simulatedMs: sim.world.monotonicMs(),
    lines: sim.trace.lines,
  };
}

export function describe(finding: Finding, sim: Simulation): string {
  const atMs = sim.history[finding.at]?.atMs ?? sim.world.monotonicMs();
  const event = finding.sequenceNumber === undefined ? '' : ` event ${finding.sequenceNumber}`;
  const where = `partition ${finding.partitionId}${event}`;
  return `${finding.guarantee} ${finding.rule} at ${(atMs / 1_000).toFixed(3)} s: ${where}: ${finding.text}`;
}

function drawSettings(random: SeededRandom): GroupSettings {
  return {
    ...defaultSettings,
    lease: random.chance(0.65) ? fastLease : defaultSettings.lease,
    watch: { stallTimeoutMs: 15_000, probeMs: 7_500 },
    handling: {
      ...defaultSettings.handling,
      ordering: random.pick(['key', 'key', 'partition', 'none']),
      concurrency: random.pick([4, 64]),
      maxAttempts: random.pick([2, 5]),
      attemptTimeoutMs: random.pick([2_000, 30_000]),
      onExhausted: random.pick(['dead-letter', 'dead-letter', 'block', 'stop']),
      stopHoldMs: 10_000,
    },
    checkpoint: random.chance(0.5)
      ? defaultSettings.checkpoint
      : { everyEvents: 20, everyMs: 2_000, idleMs: 500 },
    budget: random.chance(0.7)
      ? defaultSettings.budget
      : { maxInFlightEvents: 50, maxBufferedBytes: 1_000_000 },
    start: random.chance(0.8) ? { at: 'earliest' } : { at: 'latest' },
    drainDeadlineMs: random.pick([10_000, 30_000]),
  };
}

/** Each run knows only some commands: rare orders of a few are found sooner than in a mix of all. */
function drawCommands(random: SeededRandom, isLossy: boolean): CommandName[] {
  const rare: ReadonlySet<CommandName> = new Set<CommandName>(['recreateHub', 'stockJoins']);
  const possible = commandNames.filter((name) => !(isLossy && name === 'trail'));
  const drawn = possible.filter((name) => random.chance(rare.has(name) ? 0.1 : 0.4));
  // Handlers that outlast a handover are where most rules meet.
  if (random.chance(0.3)) drawn.push('hangingHandlers', 'hangingHandlers', 'start', 'rollingUpdate');
  return drawn.length === 0 ? ['crash'] : drawn;
}

async function giveCommands(chaos: Chaos, names: readonly CommandName[]): Promise<void> {
  const { sim, random } = chaos;
  sim.trace.note('plan', () => `commands: ${names.join(' ')}`);
  await sim.run(random.pick([0, 1_000, 5_000, 20_000]));
  const count = random.integer(4, 24);
  for (let index = 0; index < count; index += 1) {
    const name = random.pick(names);
    sim.trace.note('plan', () => `command ${name}`);
    commands[name](chaos);
    await sim.run(
      random.pick([random.integer(0, 200), random.integer(200, 4_000), random.integer(1_000, 20_000)]),
    );
  }
}

async function heal(chaos: Chaos): Promise<void> {
  const { sim } = chaos;
  // What the commands arranged to end ends by itself within three leases and a bit.
  await sim.run(3 * sim.settings.lease.leaseMs + 1_000);
  chaos.isOver = true;
  sim.trace.note('plan', () => 'everything is healed');
  sim.mood.poisonRate = 0;
  sim.broker.flaws.unreadableRate = 0;
  if (sim.workers.every((worker) => worker.isLeaving)) sim.start(chaos.newWorkerId());
  await sim.run(5_000);
  sim.traffic.end();
}

/** G8, G9, G10: with nothing in its way the group balances and drains everything, within a bound. */
export async function comeToRest(sim: Simulation): Promise<void> {
  const { leaseMs, handoverTimeoutMs } = sim.settings.lease;
  const { stallTimeoutMs } = sim.settings.watch;
  const limitMs = restLeases * leaseMs + 2 * handoverTimeoutMs + 2 * stallTimeoutMs + partitionRefreshMs;
  const isAtRest = (): boolean => sim.lagging.length === 0 && sim.isBalanced;
  let checkedAtMs = -1_000;
  // Looking costs more than a step of the engine: look once a second.
  const isDone = (): boolean => {
    if (sim.world.monotonicMs() - checkedAtMs < 1_000) return false;
    checkedAtMs = sim.world.monotonicMs();
    return isAtRest();
  };
  if (await sim.until(isDone, limitMs)) return;
  for (const text of sim.lagging) sim.problems.push(`G9 lag after ${limitMs} ms at rest: ${text}`);
  if (sim.isBalanced) return;
  const leases = [...sim.store.leases.values()].map(({ value }) => `${value.partitionId}=${value.ownerId}`);
  const living = sim.workers.map((worker) => worker.process.id);
  sim.problems.push(`G10 not balanced after ${limitMs} ms: ${leases.join(' ')}, living ${living.join(' ')}`);
}

/** G4: everybody drains, and nothing stays behind in the store. */
export async function leaveInOrder(sim: Simulation): Promise<void> {
  for (const worker of sim.workers) if (!worker.isLeaving) sim.drain(worker);
  if (!(await sim.until(() => sim.workers.length === 0, sim.settings.drainDeadlineMs + 5_000))) {
    for (const worker of sim.workers) sim.problems.push(`G4: ${worker.process.id} did not end its drain`);
  }
  for (const { value } of sim.store.leases.values()) {
    if (value.ownerId !== '')
      sim.problems.push(`G4: lease ${value.partitionId} still belongs to ${value.ownerId}`);
  }
  const now = sim.world.nowMs();
  for (const { value, modifiedMs } of sim.store.members.values()) {
    const isFresh = now - modifiedMs < sim.settings.lease.leaseMs;
    if (isFresh) sim.problems.push(`G4: member ${value.workerId} (${value.nonce}) stayed behind`);
  }
}
