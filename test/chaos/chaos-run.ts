// One chaos run: traffic through a fleet while two lanes of faults hit it, then quiet until everything is handled, then
// the verdict over the whole history.
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding } from '../support/finding.ts';
import type { HistorySummary } from '../support/history-checks.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { describeFault, networkFaults, processFaults } from './fault-plan.ts';
import type { Fault, PlannedFault } from './fault-plan.ts';
import { Fleet } from './fleet.ts';
import { monotonicMs } from './monotonic-time.ts';
import type { WorkerSlot } from './worker-slot.ts';

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly workers: number;
  readonly partitions: number;
  readonly eventsPerSecond: number;
  readonly handlerMs: number;
  /** Told what happens, a line at a time. */
  readonly tell: (line: string) => void;
}

export interface ChaosResult {
  readonly summary: HistorySummary;
  readonly findings: readonly Finding[];
  /** What went wrong besides the history: a worker that ended by itself, a drain that did not end with 0. */
  readonly problems: readonly string[];
  /** Logs and histories of all processes. */
  readonly folder: string;
}

/** Fail-over in seconds, so that minutes of chaos hold many lives (docs/operating.md, fast fail-over). */
const lease = { leaseMs: 6_000, tickMs: 2_000, handoverTimeoutMs: 15_000 };
const drainDeadlineMs = 10_000;
const startDeadlineMs = 60_000;
const quietDeadlineMs = 180_000;
const tellEveryMs = 10_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const fleet = await Fleet.start({
    partitions: options.partitions,
    workers: options.workers,
    seed: options.seed,
    environment: {
      LEASE_MS: String(lease.leaseMs),
      TICK_MS: String(lease.tickMs),
      HANDOVER_TIMEOUT_MS: String(lease.handoverTimeoutMs),
      DRAIN_DEADLINE_MS: String(drainDeadlineMs),
      CHECKPOINT_EVERY_MS: '2000',
      CHAOS_HANDLER_MS: String(options.handlerMs),
      CHAOS_FAIL_SHARE: '0.01',
    },
  });
  try {
    return await new ChaosRun(fleet, options).run();
  } finally {
    await fleet.close();
  }
}

class ChaosRun {
  readonly #fleet: Fleet;
  readonly #options: ChaosOptions;
  readonly #problems: string[] = [];
  /** Slots whose process is meant to be down now, or to be started by somebody. */
  readonly #down = new Set<WorkerSlot>();
  /** Store faults in force, and the end of the last one: a drain that met one may fail to flush. */
  #storeFaults = 0;
  #storeFaultEndedMs = -Infinity;
  readonly #over = new AbortController();
  readonly #startedMs = monotonicMs();

  constructor(fleet: Fleet, options: ChaosOptions) {
    this.#fleet = fleet;
    this.#options = options;
  }

  async run(): Promise<ChaosResult> {
    const { seconds, seed, workers, tell, eventsPerSecond } = this.#options;
    tell(`seed ${seed}, ${workers} workers, logs and histories in ${this.#fleet.folder}`);
    await Promise.all(this.#fleet.slots.map((slot) => this.#start(slot)));
    await Promise.all(this.#fleet.slots.map((slot) => slot.ready(startDeadlineMs)));
    const load = this.#fleet.startLoad({ eventsPerSecond, keysPerPartition: 50 });
    const progress = setInterval(() => this.#tellProgress(load.sent), tellEveryMs);
    const random = new SeededRandom(seed);
    const plan = { slots: workers, leaseMs: lease.leaseMs };
    const lanes = [
      this.#carryOut(processFaults(random.fork('processes'), plan)),
      this.#carryOut(networkFaults(random.fork('network'), plan)),
    ];
    await delay(seconds * 1000);
    this.#over.abort();
    await Promise.all(lanes);
    await load.stop();
    tell('faults and traffic are over; waiting until everything is handled');
    await this.#quiet();
    clearInterval(progress);
    this.#tellProgress(load.sent);
    for (const slot of this.#fleet.slots) {
      if (slot.process === undefined) continue;
      await this.#terminate(slot);
    }
    const { summary, findings } = await this.#fleet.judge(lease);
    return { summary, findings, problems: this.#problems, folder: this.#fleet.folder };
  }

  async #carryOut(plan: Generator<PlannedFault, never>): Promise<void> {
    for (const { afterMs, fault } of plan) {
      await this.#pass(afterMs);
      if (this.#over.signal.aborted) return;
      this.#tell(`fault: ${describeFault(fault)}`);
      try {
        await this.#inject(fault);
      } catch (error) {
        // The plan goes on: a fault that found its worker gone by itself is told as a problem elsewhere.
        this.#tell(`fault not carried out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async #inject(fault: Fault): Promise<void> {
    const { slots } = this.#fleet;
    switch (fault.kind) {
      case 'kill': {
        const slot = this.#fleet.slot(fault.slot);
        this.#down.add(slot);
        await slot.kill();
        await this.#pass(fault.restartAfterMs);
        return this.#start(slot);
      }
      case 'terminate': {
        const slot = this.#fleet.slot(fault.slot);
        await this.#terminate(slot);
        await this.#pass(fault.restartAfterMs);
        return this.#start(slot);
      }
      case 'pause': {
        const slot = this.#fleet.slot(fault.slot);
        slot.pause();
        await this.#pass(fault.forMs);
        return slot.resume();
      }
      case 'rolling-restart':
        for (const slot of slots) {
          await this.#terminate(slot);
          await this.#start(slot);
          await slot.ready(startDeadlineMs);
        }
        return;
      case 'hub-cut':
        return this.#fleet.slot(fault.slot).eventHubProxy.cut();
      case 'hub-half-open': {
        const { eventHubProxy } = this.#fleet.slot(fault.slot);
        eventHubProxy.freeze();
        await this.#pass(fault.forMs);
        if (fault.thenCut) eventHubProxy.cut();
        return eventHubProxy.restore();
      }
      case 'hub-delay': {
        const { eventHubProxy } = this.#fleet.slot(fault.slot);
        eventHubProxy.delay(fault.delayMs);
        await this.#pass(fault.forMs);
        return eventHubProxy.delay(0);
      }
      case 'store-cut': {
        const slot = this.#fleet.slot(fault.slot);
        slot.cutStorage();
        await this.#passStoreFault(fault.forMs);
        return slot.restoreStorage();
      }
      case 'store-busy':
      case 'store-lost-answers': {
        const kind = fault.kind === 'store-busy' ? 'busy' : 'lost-answer';
        for (const slot of slots) slot.storageProxy.inject(kind, fault.share);
        await this.#passStoreFault(fault.forMs);
        for (const slot of slots) slot.storageProxy.clear();
      }
    }
  }

  async #start(slot: WorkerSlot): Promise<void> {
    this.#down.delete(slot);
    await slot.start();
    const { process } = slot;
    void process?.ended.then(({ exitCode, signal }) => {
      if (this.#down.has(slot)) return;
      this.#problems.push(`${slot.workerId} ended by itself (${exitCode ?? signal}); see ${process.logPath}`);
      this.#tell(this.#problems.at(-1) ?? '');
    });
  }

  async #terminate(slot: WorkerSlot): Promise<void> {
    this.#down.add(slot);
    const askedMs = monotonicMs();
    const { exitCode, signal, atMs } = await slot.terminate();
    if (atMs - askedMs > drainDeadlineMs + 5_000) {
      this.#problems.push(`${slot.workerId} took ${Math.round(atMs - askedMs)} ms to end after SIGTERM`);
    }
    const metStoreFault = this.#storeFaults > 0 || this.#storeFaultEndedMs >= askedMs;
    // A process that had only just been started has no signal handler yet, and no lease either.
    if (exitCode !== 0 && signal !== 'SIGTERM' && !metStoreFault) {
      this.#problems.push(
        `${slot.workerId} ended with ${exitCode ?? signal} after SIGTERM; see ${slot.logPath}`,
      );
    }
  }

  async #passStoreFault(forMs: number): Promise<void> {
    this.#storeFaults += 1;
    await this.#pass(forMs);
    this.#storeFaults -= 1;
    this.#storeFaultEndedMs = monotonicMs();
  }

  /** Everybody up, nothing in the way, until the last event is handled and flushed. */
  async #quiet(): Promise<void> {
    for (const slot of this.#fleet.slots) {
      slot.eventHubProxy.delay(0);
      slot.eventHubProxy.restore();
      slot.storageProxy.clear();
      slot.storageProxy.cut();
      if (slot.process === undefined) await this.#start(slot);
    }
    try {
      await this.#fleet.drained(quietDeadlineMs);
    } catch (error) {
      this.#problems.push(error instanceof Error ? error.message : String(error));
    }
  }

  #tellProgress(sent: number): void {
    const handled = this.#fleet.records().filter((record) => record.outcome === 'ok').length;
    const owners = this.#fleet.ownedBy(this.#fleet.slots.map((slot) => slot.workerId)).join('/');
    this.#tell(`sent ${sent}, handler runs ${handled}, partitions per worker ${owners}`);
  }

  #tell(text: string): void {
    const seconds = Math.round((monotonicMs() - this.#startedMs) / 1000);
    this.#options.tell(`${String(seconds).padStart(4)} s  ${text}`);
  }

  /** Waits, but not beyond the end of the faults. */
  async #pass(forMs: number): Promise<void> {
    await delay(forMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }
}
