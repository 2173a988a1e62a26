// The worker: membership, lease coordinator and partition processors under one start, drain and stop.

import { asError, WorkerError } from './errors.ts';
import type { Handler } from './handling/handler.ts';
import { Coordinator } from './leases/coordinator.ts';
import { Membership } from './leases/membership.ts';
import { Renewal } from './leases/renewal.ts';
import { eraseName } from './leases/name-eraser.ts';
import { Tenancies } from './leases/tenancy.ts';
import { PartitionList } from './partition-list.ts';
import { Budget } from './partition/budget.ts';
import { PartitionProcessor } from './partition/processor.ts';
import { Slots } from './partition/slots.ts';
import { StartOvers } from './partition/start-overs.ts';
import type { EnginePorts } from './ports.ts';
import type { EngineSettings } from './settings.ts';
import type { WorkerState, WorkerStatus } from './status.ts';
import { sleep, withDeadline } from './waiting.ts';
import { describeWorker } from './worker-status.ts';

export interface WorkerOptions {
  readonly ports: EnginePorts;
  readonly handler: Handler;
  readonly settings: EngineSettings;
}

/** How a drain or stop ended. */
export interface WorkerEnd {
  readonly isClean: boolean;
  /** Partitions whose last checkpoint could not be written in time. */
  readonly unflushedPartitions: readonly string[];
  /** Partitions whose lease could not be freed: others wait for its expiry. */
  readonly unreleasedPartitions: readonly string[];
}

const sweepMs = 250;
const maxCallTimeoutMs = 10_000;

export class Worker {
  readonly #options: WorkerOptions;
  readonly #callTimeoutMs: number;
  readonly #tenancies = new Tenancies();
  readonly #startOvers = new StartOvers();
  readonly #processors = new Map<string, PartitionProcessor>();
  readonly #membership: Membership;
  readonly #renewal: Renewal;
  readonly #coordinator: Coordinator;
  readonly #slots: Slots;
  readonly #budget: Budget;
  readonly #partitions: PartitionList;
  /** Ends every loop. */
  readonly #stopping = new AbortController();
  /** Cuts a drain short. */
  readonly #hurrying = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #state: WorkerState = 'starting';
  #draining: Promise<WorkerEnd> | undefined;
  #exhausted: string | undefined;
  #tellEnd: (error: Error | undefined) => void = () => {};
  /** Settles when the worker is over: with an error when it ended by itself, without one after drain or stop. */
  readonly ended: Promise<Error | undefined>;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { ports, settings } = options;
    const { clock, random, report } = ports;
    const store = ports.leases;
    const tenancies = this.#tenancies;
    // A third of the lease: a renewal that hangs still leaves time for another one.
    const callTimeoutMs = Math.min(maxCallTimeoutMs, settings.lease.leaseMs / 3);
    this.#callTimeoutMs = callTimeoutMs;
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve));
    const { concurrency, partitionConcurrency } = settings.handling;
    this.#slots = new Slots(concurrency, partitionConcurrency, clock);
    this.#budget = new Budget(settings.budget);
    const load = (): number => this.#budget.events;
    this.#membership = new Membership({ store, clock, settings: settings.lease, callTimeoutMs, load });
    const shared = { store, clock, random, settings: settings.lease, callTimeoutMs, report, tenancies };
    const membership = this.#membership;
    this.#partitions = new PartitionList({
      source: ports.source,
      clock,
      callTimeoutMs,
      report,
      grown: () => this.#coordinator.lookSoon(),
    });
    this.#coordinator = new Coordinator({
      ...shared,
      membership,
      partitionIds: () => this.#partitions.ids,
      beginTenant: ({ partitionId, generation }) => this.#beginPartition(partitionId, generation),
      proved: () => this.#renewal.armGuard(),
    });
    this.#renewal = new Renewal({
      ...shared,
      membership,
      lookSoon: () => this.#coordinator.lookSoon(),
      fail: (error) => void this.#fail(error),
    });
  }

  /**
   * Registers as member and takes part. Settles after the first complete look at the group. Retries what may heal; rejects
   * with what no retry cures (credentials, missing hub, group or container, the handler's own start).
   */
  async start(): Promise<void> {
    const { handler } = this.#options;
    const signal = this.#stopping.signal;
    await handler.start?.();
    await this.#insist('read the partition ids', () => this.#partitions.read(signal));
    await this.#insist('register as member', () => this.#membership.renew(signal));
    this.#loops.push(this.#renewal.run(signal));
    await this.#insist('read the group', async () => {
      await this.#coordinator.look(signal);
      if (this.#coordinator.lastLook === undefined)
        throw new WorkerError('EHW_STORAGE_FAILED', { reason: 'no listing' });
    });
    if (signal.aborted) return;
    this.#loops.push(this.#takePart(signal), this.#partitions.keepUp(signal), this.#sweep(signal));
    if (this.#state === 'starting') this.#enter('running', 'registered, and the group was read');
  }

  /** Leaves in order: partitions are handed over as they are asked for, within settings.drainDeadlineMs. Idempotent. */
  drain(): Promise<WorkerEnd> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Leaves at once: what is finished is flushed, leases are freed, running handlers are told to stop. Idempotent. */
  stop(): Promise<WorkerEnd> {
    this.#hurrying.abort();
    return this.drain();
  }

  status(): WorkerStatus {
    return describeWorker({
      settings: this.#options.settings,
      state: this.#state,
      clock: this.#options.ports.clock,
      partitionIds: this.#partitions.ids,
      processors: this.#processors,
      coordinator: this.#coordinator,
      budget: this.#budget,
      running: this.#slots.running,
      exhausted: this.#exhausted,
    });
  }

  /** After a settle tick, so that workers that start together see each other before anybody claims. */
  async #takePart(signal: AbortSignal): Promise<void> {
    const { ports, settings } = this.#options;
    await sleep(ports.clock, settings.lease.fastTickMs * (1 + 0.1 * ports.random.next()), signal);
    if (this.#membership.state === 'joining') this.#membership.become('active');
    await this.#renewal.renewOnce(signal);
    await this.#coordinator.run(signal);
  }

  #beginPartition(partitionId: string, generation: number): PartitionProcessor {
    const { ports, settings, handler } = this.#options;
    const coordinator = this.#coordinator;
    const processor = new PartitionProcessor({
      partitionId,
      generation,
      ports,
      settings: { ...settings, start: this.#partitions.startOf(partitionId, settings.start) },
      handler,
      slots: this.#slots,
      budget: this.#budget.open(),
      callTimeoutMs: this.#callTimeoutMs,
      startOvers: this.#startOvers,
      isTrusted: (nowMs) => {
        const tenancy = this.#tenancies.get(partitionId);
        return tenancy?.lease.generation === generation && this.#renewal.isTrusted(tenancy, nowMs);
      },
      fenced: (why) => coordinator.loseNow(partitionId, generation, why),
      giveUp: (error) => {
        ports.report({ kind: 'failed', partitionId, error });
        coordinator.putOnHold(partitionId, settings.handling.stopHoldMs);
      },
      exhausted: (error) => (this.#exhausted = error.message),
      closed: () => {
        if (this.#processors.get(partitionId) === processor) this.#processors.delete(partitionId);
      },
    });
    this.#processors.set(partitionId, processor);
    return processor;
  }

  async #drain(): Promise<WorkerEnd> {
    const { ports, settings } = this.#options;
    if (this.#state === 'failed' || this.#state === 'stopped') return cleanEnd;
    this.#enter('draining', 'asked to leave');
    this.#membership.become('leaving');
    const { clock } = ports;
    if (!this.#hurrying.signal.aborted && this.#tenancies.size > 0) {
      void this.#renewal.renewOnce(this.#stopping.signal);
      this.#coordinator.lookSoon();
      const cancel = clock.schedule(settings.drainDeadlineMs / 2, () => this.#coordinator.releaseRest());
      await this.#tenancies.whenEmpty(clock, settings.drainDeadlineMs, this.#hurrying.signal);
      cancel();
    }
    return this.#leave();
  }

  async #leave(): Promise<WorkerEnd> {
    const { handler, ports, settings } = this.#options;
    const { clock } = ports;
    this.#stopping.abort();
    const { unflushed, unreleased } = await this.#coordinator.abandon();
    let erased: readonly string[] = [];
    const eraseOurName = async (signal: AbortSignal): Promise<void> => {
      erased = await eraseName(ports.leases, settings.lease, signal);
    };
    const limit = (operation: string) => ({ operation, timeoutMs: this.#callTimeoutMs });
    // Each of these only makes the leave tidier: a failure is reported and the next one is done all the same.
    for (const [operation, run] of [
      ['remove the member record', (signal: AbortSignal) => this.#membership.leave(signal)],
      ['take our name out of the leases', eraseOurName],
      ['stop the handler', async () => handler.stop?.()],
      ['end the loops', async () => Promise.all(this.#loops)],
      ['close the partitions', async () => this.#coordinator.closed()],
    ] as const) {
      await withDeadline<unknown>(clock, limit(operation), run).catch((error: unknown) =>
        ports.report({ kind: 'failed', error: asError(error) }),
      );
    }
    this.#enter('stopped', 'left');
    this.#tellEnd(undefined);
    const unreleasedPartitions = unreleased.filter((partitionId) => !erased.includes(partitionId));
    const isClean = unflushed.length === 0 && unreleasedPartitions.length === 0;
    return { isClean, unflushedPartitions: unflushed, unreleasedPartitions };
  }

  /** Another process lives under our id: everything we hold is its by now, so nothing is written any more. */
  async #fail(error: WorkerError): Promise<void> {
    if (this.#state === 'failed') return;
    this.#enter('failed', error.message);
    this.#options.ports.report({ kind: 'failed', error });
    this.#stopping.abort();
    for (const { lease } of this.#tenancies.all()) {
      this.#coordinator.loseNow(lease.partitionId, lease.generation, error.message);
    }
    await this.#coordinator.closed();
    this.#tellEnd(error);
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.ports;
    while (!signal.aborted) {
      await sleep(clock, sweepMs, signal);
      const nowMs = clock.monotonicMs();
      for (const processor of this.#processors.values()) processor.sweep(nowMs);
    }
  }

  /** Tries until it succeeds; rejects with errors that no retry cures. */
  async #insist<T>(operation: string, run: () => Promise<T>): Promise<T> {
    const { clock, random, report } = this.#options.ports;
    const signal = this.#stopping.signal;
    for (let failures = 1; ; failures += 1) {
      try {
        return await run();
      } catch (error) {
        const isHopeless = error instanceof WorkerError && !error.retryable;
        if (isHopeless || signal.aborted) throw error;
        report({ kind: 'start.retry', operation, error: asError(error) });
        await sleep(
          clock,
          Math.min(30_000, 500 * 2 ** Math.min(failures, 10)) * (0.5 + 0.5 * random.next()),
          signal,
        );
        if (signal.aborted) throw error;
      }
    }
  }

  #enter(to: WorkerState, why: string): void {
    const from = this.#state;
    this.#state = to;
    if (from !== to) this.#options.ports.report({ kind: 'worker.state', from, to, why });
  }
}

const cleanEnd: WorkerEnd = { isClean: true, unflushedPartitions: [], unreleasedPartitions: [] };
