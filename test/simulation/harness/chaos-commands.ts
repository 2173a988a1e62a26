// The commands chance may give during a run. Each does one thing to the world, and, where it breaks something, arranges
// when that ends. Everything is drawn from the run's seed.

import { unknownOffset } from '../../../src/engine/event.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { PartitionLog } from './partition-log.ts';
import type { SimWorker } from './sim-worker.ts';
import type { Simulation } from './simulation.ts';

export interface Chaos {
  readonly sim: Simulation;
  readonly random: SeededRandom;
  readonly maxWorkers: number;
  readonly maxPartitions: number;
  /** A worker id never used before. */
  readonly newWorkerId: () => string;
  /** Nothing is started any more. */
  isOver: boolean;
}

type Command = (chaos: Chaos) => void;

export const commands = {
  start: ({ sim, maxWorkers, newWorkerId }) => {
    if (sim.workers.length < maxWorkers) sim.start(newWorkerId());
  },
  crash: (chaos) =>
    withWorker(chaos, (worker) => {
      chaos.sim.crash(worker);
      startAgain(chaos, worker, chaos.random.integer(0, 20_000));
    }),
  crashForGood: (chaos) => {
    if (chaos.sim.workers.length > 1) withWorker(chaos, (worker) => chaos.sim.crash(worker));
  },
  pause: (chaos) =>
    withWorker(chaos, (worker) => {
      if (worker.process.state !== 'running') return;
      chaos.sim.pause(worker);
      after(chaos, duration(chaos, 2.5), () => chaos.sim.resume(worker));
    }),
  drain: (chaos) =>
    withWorker(chaos, (worker) => {
      if (worker.isLeaving || worker.process.state !== 'running') return;
      chaos.sim.drain(worker);
      startAgain(chaos, worker, chaos.random.integer(0, 40_000));
    }),
  drainThenStop: (chaos) =>
    withWorker(chaos, (worker) => {
      if (worker.isLeaving || worker.process.state !== 'running') return;
      chaos.sim.drain(worker);
      after(chaos, chaos.random.integer(0, 10_000), () => {
        if (!worker.process.isDead) chaos.sim.stop(worker);
      });
      startAgain(chaos, worker, chaos.random.integer(0, 20_000));
    }),
  rollingUpdate: ({ sim, maxWorkers, newWorkerId }) => {
    for (const worker of sim.workers) {
      if (!worker.isLeaving && worker.process.state === 'running') sim.drain(worker);
    }
    if (sim.workers.length < 2 * maxWorkers) sim.start(newWorkerId());
  },
  cutFromStore: (chaos) => cut(chaos, ['store']),
  cutFromBroker: (chaos) => cut(chaos, ['broker']),
  cutFromBoth: (chaos) => cut(chaos, ['store', 'broker']),
  skewClock: (chaos) =>
    withWorker(chaos, ({ process }) => {
      process.skewMs = chaos.random.integer(-600_000, 600_000);
      chaos.sim.trace.note(process.id, () => `its clock is now wrong by ${process.skewMs} ms`);
    }),
  slowHandlers: (chaos) => {
    const { mood } = chaos.sim;
    mood.maxMs = chaos.random.pick([500, 3_000, 15_000]);
    after(chaos, duration(chaos, 1), () => (mood.maxMs = 20));
  },
  failingHandlers: (chaos) => {
    const { mood } = chaos.sim;
    mood.failRate = chaos.random.pick([0.1, 0.5, 1]);
    after(chaos, duration(chaos, 1), () => (mood.failRate = 0));
  },
  hangingHandlers: (chaos) => {
    const { mood } = chaos.sim;
    mood.hangRate = chaos.random.pick([0.02, 0.3]);
    mood.hangMs = chaos.random.pick([5_000, 40_000, 100_000]);
    mood.isDeaf = chaos.random.chance(0.5);
    after(chaos, duration(chaos, 1), () => (mood.hangRate = 0));
  },
  poison: ({ sim, random }) => {
    sim.mood.poisonRate = random.pick([0, 0.02, 0.1]);
  },
  deadLetterOutage: (chaos) => {
    chaos.sim.deadLetters.isDown = true;
    after(chaos, duration(chaos, 1), () => (chaos.sim.deadLetters.isDown = false));
  },
  storeOutage: (chaos) => {
    chaos.sim.setStoreDown(true);
    after(chaos, duration(chaos, 3), () => chaos.sim.setStoreDown(false));
  },
  storeFaults: (chaos) => {
    const { faults } = chaos.sim.store;
    faults.faultRate = chaos.random.pick([0.05, 0.2, 0.4]);
    after(chaos, duration(chaos, 2), () => (faults.faultRate = 0));
  },
  slowStore: (chaos) => {
    const { faults } = chaos.sim.store;
    faults.extraLatencyMs = chaos.random.pick([100, 800, 2_000]);
    after(chaos, duration(chaos, 2), () => (faults.extraLatencyMs = 0));
  },
  brokerFaults: (chaos) => {
    chaos.sim.broker.faultRate = 0.5;
    after(chaos, duration(chaos, 2), () => (chaos.sim.broker.faultRate = 0));
  },
  linkDies: (chaos) => withWorker(chaos, ({ process }) => chaos.sim.broker.breakLink(process, 'dies')),
  linkFallsSilent: (chaos) =>
    withWorker(chaos, ({ process }) => chaos.sim.broker.breakLink(process, 'silent')),
  clientFallsSilent: (chaos) => withWorker(chaos, ({ process }) => chaos.sim.broker.silenceClient(process)),
  addPartition: ({ sim, maxPartitions }) => {
    if (sim.broker.logs.size < maxPartitions) sim.broker.addPartition();
  },
  burst: ({ sim, random }) => {
    sim.traffic.burst(random.pick([...sim.broker.logs.keys()]), random.integer(50, 400));
  },
  expire: ({ sim, random }) => {
    const partitionId = random.pick([...sim.broker.logs.keys()]);
    sim.broker.expire(partitionId, random.chance(0.3) ? 1_000_000 : random.integer(1, 100));
  },
  trail: ({ sim, random }) => {
    sim.broker.trail(random.pick([...sim.broker.logs.keys()]), random.integer(1, 3));
  },
  unreadableEvents: ({ sim, random }) => {
    sim.broker.flaws.unreadableRate = random.pick([0, 0.02, 0.2]);
  },
  recreateHub: ({ sim }) => {
    // While the first event of all is stuck, the checkpoint is no event's and has no offset: nothing tells that the hub is
    // another one once it has grown as long as the completed map.
    const isTold = ({ partitionId, events }: PartitionLog): boolean =>
      events.length === 0 ||
      (sim.store.checkpoints.get(partitionId)?.value.offset ?? unknownOffset) !== unknownOffset;
    if ([...sim.broker.logs.values()].every(isTold)) sim.broker.recreate();
  },
  stockJoins: (chaos) => {
    chaos.sim.stockJoins();
    after(chaos, duration(chaos, 2), () => chaos.sim.stockLeaves());
  },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

/** What a team does on purpose: with nothing else going on no event may be repeated (G4). */
export const plannedCommands: readonly CommandName[] = [
  'start',
  'drain',
  'rollingUpdate',
  'skewClock',
  'addPartition',
  'burst',
];

export const commandNames = Object.keys(commands) as CommandName[];

function withWorker({ sim, random }: Chaos, act: (worker: SimWorker) => void): void {
  if (sim.workers.length > 0) act(random.pick(sim.workers));
}

function after({ sim }: Chaos, delayMs: number, act: () => void): void {
  sim.world.schedule(delayMs, act);
}

/** From a moment to `leases` lease durations: short ones pass unnoticed, long ones cost the lease. */
function duration({ sim, random }: Chaos, leases: number): number {
  return random.integer(200, leases * sim.settings.lease.leaseMs);
}

function cut(chaos: Chaos, from: readonly ('store' | 'broker')[]): void {
  withWorker(chaos, (worker) => {
    const healMs = duration(chaos, 2.5);
    for (const side of from) {
      chaos.sim.cut(worker, side);
      after(chaos, healMs, () => chaos.sim.heal(worker, side));
    }
  });
}

/** Half of the time as a container in the same pod (same id), half as a new pod. */
function startAgain(chaos: Chaos, worker: SimWorker, delayMs: number): void {
  const { sim, random, newWorkerId } = chaos;
  const { workerId } = worker.process;
  const isSamePod = random.chance(0.5);
  const begin = (): void => {
    if (chaos.isOver) return;
    if (!isSamePod) sim.start(newWorkerId());
    else if (!sim.workers.some(({ process }) => process.workerId === workerId)) sim.start(workerId);
    // One pod never runs two containers of one kind: the new one waits for the old one's end.
    else sim.world.schedule(500, begin);
  };
  sim.world.schedule(delayMs, begin);
}
