// The whole simulated world of one consumer group, and everything that can be done to it. All effects go through here, so
// that the history (recorder.ts) and the trace know them.

import type { Report } from '../../../src/engine/reports.ts';
import type { WorkerEnd } from '../../../src/engine/worker.ts';
import type { HistoryEntry } from '../../support/history.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { Recorder } from './recorder.ts';
import { SimBroker } from './sim-broker.ts';
import { SimDeadLetters } from './sim-dead-letters.ts';
import type { HandlerForm, HandlerMood } from './sim-handler.ts';
import { makeHandler } from './sim-handler.ts';
import { SimProcess } from './sim-process.ts';
import { SimStore } from './sim-store.ts';
import { SimWorker } from './sim-worker.ts';
import type { GroupSettings } from './settings.ts';
import { defaultSettings } from './settings.ts';
import { StockConsumer } from './stock-consumer.ts';
import { Trace } from './trace.ts';
import { Traffic } from './traffic.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly partitions?: number;
  readonly settings?: GroupSettings;
  readonly form?: HandlerForm;
  /** Events per second on each partition, on average. */
  readonly eventsPerSecond?: number;
  /** After so long a store call ends without an answer. */
  readonly storeTimeoutMs?: number;
  readonly isTraced?: boolean;
}

export interface HeardReport {
  readonly atMs: number;
  readonly process: string;
  readonly report: Extract<Report, { kind: 'lease' | 'partition.state' | 'late-result' }>;
}

/** What every process that dies by itself is started again after. */
const restartDelayMs = 2_000;
/** A failing liveness probe costs the container so much later. */
const livenessMs = 30_000;

export class Simulation {
  readonly settings: GroupSettings;
  readonly world: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly store: SimStore;
  readonly broker: SimBroker;
  readonly deadLetters: SimDeadLetters;
  readonly traffic: Traffic;
  /** How the handlers of all workers behave. */
  readonly mood: HandlerMood = {
    maxMs: 20,
    failRate: 0,
    poisonRate: 0,
    hangRate: 0,
    hangMs: 40_000,
    isDeaf: false,
  };
  /** What the engines told of leases and partitions. */
  readonly reports: HeardReport[] = [];
  readonly #workers = new Map<string, SimWorker>();
  readonly #unhealthy = new Set<SimWorker>();
  readonly #lives = new Map<string, number>();
  readonly #foreign = new Set<string>();
  readonly #form: HandlerForm;
  readonly #recorder: Recorder;
  #stock: StockConsumer | undefined;

  constructor(options: SimulationOptions) {
    this.settings = options.settings ?? defaultSettings;
    this.#form = options.form ?? 'event';
    this.random = new SeededRandom(options.seed);
    this.world = new VirtualClock({ random: this.random.fork('order') });
    this.trace = new Trace(options.isTraced ?? false, () => this.world.monotonicMs());
    this.#recorder = new Recorder({
      world: this.world,
      trace: this.trace,
      settings: this.settings,
      memberOf: (workerId) => this.store.members.get(workerId),
      life: () => this.broker.life,
    });
    this.store = new SimStore(this.world, this.random.fork('store'), this.#recorder, this.trace, {
      callTimeoutMs: options.storeTimeoutMs ?? 5_000,
      skewMs: this.random.integer(-300_000, 300_000),
    });
    this.broker = new SimBroker(
      this.world,
      this.random.fork('broker'),
      this.#recorder,
      this.trace,
      options.partitions ?? 8,
      {
        maxBatchEvents: 50,
        prefetchEvents: 100,
        maxWaitMs: 2_000,
        idleTimeoutMs: 60_000,
        closeTimeoutMs: 5_000,
        callTimeoutMs: 5_000,
      },
    );
    this.deadLetters = new SimDeadLetters(this.world, this.random.fork('dead letters'), (process, letter) =>
      this.#recorder.deadLettered(process, letter),
    );
    this.traffic = new Traffic(
      this.world,
      this.random.fork('traffic'),
      this.broker,
      options.eventsPerSecond ?? 1,
    );
  }

  /** Processes that live, in the order of their start. */
  get workers(): SimWorker[] {
    return [...this.#workers.values()];
  }

  get history(): readonly HistoryEntry[] {
    return this.#recorder.history;
  }

  /** Whatever should not have happened and is no matter of the history. */
  get problems(): string[] {
    return this.#recorder.problems;
  }

  get foreign(): ReadonlySet<string> {
    return this.#foreign;
  }

  async run(durationMs: number): Promise<void> {
    await this.world.advance(durationMs);
  }

  async until(isDone: () => boolean, limitMs: number): Promise<boolean> {
    return this.world.runUntil(isDone, limitMs);
  }

  start(workerId: string): SimWorker {
    const life = (this.#lives.get(workerId) ?? 0) + 1;
    this.#lives.set(workerId, life);
    const id = `${workerId}#${life}`;
    const random = this.random.fork(id);
    const process = new SimProcess(id, workerId, this.world, random.fork('process'));
    this.#recorder.tell(process, 'born');
    const worker = new SimWorker({
      process,
      ports: {
        source: this.broker.sourceFor(process),
        leases: this.store.leaseStoreFor(process),
        checkpoints: this.store.checkpointStoreFor(process),
        deadLetters: this.deadLetters.sinkFor(process),
        random: random.fork('engine'),
      },
      handler: makeHandler(
        this.#form,
        process.outerClock,
        random.fork('handler'),
        this.mood,
        this.#recorder.handlerWatcher(process),
      ),
      settings: this.settings,
      trace: this.trace,
      heard: (report) => {
        if (report.kind === 'gap') this.#recorder.gapTold(process, report);
        if (report.kind === 'partition.stalled' && report.step === 'give-up') this.#failLiveness(worker);
        if (report.kind === 'lease' || report.kind === 'partition.state' || report.kind === 'late-result') {
          this.reports.push({ atMs: this.world.monotonicMs(), process: id, report });
        }
      },
      ended: (end) => this.#workerEnded(worker, end),
    });
    this.#workers.set(id, worker);
    return worker;
  }

  /** kill -9. */
  crash(worker: SimWorker): void {
    this.#recorder.tell(worker.process, 'crashed');
    this.#remove(worker);
  }

  /** SIGTERM. */
  drain(worker: SimWorker): void {
    worker.drain();
    // Handlers that outlast the deadline are left behind: from then on a repeated event is no surprise.
    this.world.schedule(this.settings.drainDeadlineMs * 0.9, () => {
      if (!worker.process.isDead) this.#recorder.tell(worker.process, 'forced');
    });
  }

  /** The second SIGTERM. */
  stop(worker: SimWorker): void {
    this.#recorder.tell(worker.process, 'forced');
    worker.stop();
  }

  pause(worker: SimWorker): void {
    const { process } = worker;
    this.#recorder.tell(process, 'suspended');
    process.pause();
    this.world.schedule(this.broker.options.idleTimeoutMs, () => {
      if (process.state === 'paused') this.broker.dropSilentPeer(process);
    });
  }

  resume(worker: SimWorker): void {
    this.trace.note(worker.process.id, () => 'resumed');
    worker.process.resume();
  }

  cut(worker: SimWorker, from: 'store' | 'broker'): void {
    this.#recorder.tell(worker.process, 'suspended');
    this.trace.note(worker.process.id, () => `cut from the ${from}`);
    if (from === 'store') this.store.cutOff.add(worker.process);
    else this.broker.cut(worker.process);
  }

  heal(worker: SimWorker, from: 'store' | 'broker'): void {
    this.trace.note(worker.process.id, () => `reaches the ${from} again`);
    if (from === 'store') this.store.cutOff.delete(worker.process);
    else this.broker.heal(worker.process);
  }

  setStoreDown(isDown: boolean): void {
    this.trace.note('store', () => (isDown ? 'goes down' : 'is back'));
    if (isDown) for (const worker of this.#workers.values()) this.#recorder.tell(worker.process, 'suspended');
    this.store.faults.isDown = isDown;
  }

  stockJoins(): void {
    if (this.#stock !== undefined) return;
    const process = new SimProcess(
      `stock#${this.#foreign.size}`,
      'stock-7f3a',
      this.world,
      this.random.fork('stock'),
    );
    this.#recorder.tell(process, 'born');
    this.#foreign.add(process.id).add(process.workerId);
    this.#stock = new StockConsumer(process, this.broker, this.store, this.random.fork('stock consumer'), {
      watcher: this.#recorder.handlerWatcher(process),
      trace: this.trace,
    });
  }

  stockLeaves(): void {
    this.#stock?.leave();
    this.#stock = undefined;
  }

  /** Whether leases are spread evenly over the workers that live, and nothing is asked for. */
  get isBalanced(): boolean {
    const staying = this.workers.filter((worker) => !worker.isLeaving);
    const shares = new Map(staying.map((worker) => [worker.process.workerId, 0]));
    for (const partitionId of this.broker.logs.keys()) {
      const lease = this.store.leases.get(partitionId)?.value;
      const share = lease === undefined ? undefined : shares.get(lease.ownerId);
      // A request of somebody who is gone asks for nothing.
      if (lease === undefined || share === undefined || shares.has(lease.requestedBy)) return false;
      shares.set(lease.ownerId, share + 1);
    }
    return Math.max(...shares.values()) - Math.min(...shares.values()) <= 1;
  }

  /** Partitions whose stored checkpoint is not their last event, as KEDA would see it. */
  get lagging(): string[] {
    return [...this.broker.logs.values()]
      .filter(
        (log) =>
          (this.store.checkpoints.get(log.partitionId)?.value.sequenceNumber ?? -1) !==
          log.lastSequenceNumber,
      )
      .map((log) => {
        const checkpoint = this.store.checkpoints.get(log.partitionId)?.value.sequenceNumber ?? 'none';
        return `${log.partitionId}: checkpoint ${checkpoint}, last ${log.lastSequenceNumber}`;
      });
  }

  /** Self-healing is exhausted: /livez fails, and the pod's container is replaced, as Kubernetes does it. */
  #failLiveness(worker: SimWorker): void {
    if (this.#unhealthy.has(worker)) return;
    this.#unhealthy.add(worker);
    this.world.schedule(livenessMs, () => {
      if (worker.process.isDead || worker.isLeaving) return;
      this.drain(worker);
      const restart = (): void => {
        if (worker.process.isDead) this.start(worker.process.workerId);
        else this.world.schedule(restartDelayMs, restart);
      };
      restart();
    });
  }

  #remove(worker: SimWorker): void {
    worker.process.kill();
    this.broker.processEnded(worker.process);
    this.#workers.delete(worker.process.id);
  }

  #workerEnded(worker: SimWorker, end: WorkerEnd | Error): void {
    const { process } = worker;
    if (end instanceof Error) {
      this.#recorder.problems.push(`G8: ${process.id} ended by itself: ${end.message}`);
      this.#recorder.tell(process, 'crashed');
      this.world.schedule(restartDelayMs, () => this.start(process.workerId));
    } else {
      this.#recorder.tell(process, 'left', end.unflushedPartitions);
      const timers = end.isClean ? process.timersBeyond(1_000) : 0;
      if (timers > 0) this.#recorder.problems.push(`${process.id} left with ${timers} timers pending`);
    }
    this.#remove(worker);
  }
}
