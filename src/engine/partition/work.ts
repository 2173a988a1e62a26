// The work of one partition: takes units from its lanes when it has a slot, runs them, and carries out how they end.

import { Fifo } from '../fifo.ts';
import { WorkerError } from '../errors.ts';
import type { BatchLimits } from '../handling/handler.ts';
import { Unit } from '../handling/unit.ts';
import type { UnitEnd } from '../handling/unit.ts';
import type { RunUnit } from '../handling/event-runner.ts';
import type { Clock } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { InFlight } from './in-flight.ts';
import { Lanes } from './lanes.ts';
import { RunningUnits } from './running-units.ts';
import type { SlotAccount, Slots, SlotUser } from './slots.ts';

export interface WorkOptions {
  readonly partitionId: string;
  readonly clock: Clock;
  readonly slots: Slots;
  readonly run: RunUnit;
  readonly attemptTimeoutMs: number;
  /** Of a batch handler; undefined: one event a call. */
  readonly batch: BatchLimits | undefined;
  readonly report: ReportSink;
  /** Whether a handler may start right now: running, and the lease is provably ours. */
  readonly mayStart: () => boolean;
  /** The handler's policy gives the partition up. */
  readonly stop: (error: unknown) => void;
}

export class Work implements SlotUser {
  readonly #options: WorkOptions;
  readonly #lanes = new Lanes();
  readonly #slot: SlotAccount;
  /** Units that had a turn before and go first: retries, halves of a batch, interrupted ones. */
  readonly #resumable = new Fifo<Unit>();
  readonly #running = new RunningUnits();
  readonly #blocked = new Set<Unit>();
  readonly #timers = new Set<() => void>();
  #isBatchTimerSet = false;
  #isBatchDue = false;
  #isClosed = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#slot = options.slots.join(this);
  }

  /** Queues an event; `wake` lets it run. */
  add(item: InFlight, key: string | undefined): void {
    this.#lanes.add(item, key);
  }

  /** There may be something to start. */
  wake(): void {
    this.#slot.wake();
  }

  hasWork(): boolean {
    if (this.#isClosed || !(this.#resumable.length > 0 || this.#isReady())) return false;
    return this.#options.mayStart();
  }

  runOne(): void {
    const unit = this.#resumable.shift() ?? this.#take();
    this.#running.add(unit);
    const end = this.#options.run(unit);
    if (end instanceof Promise) void end.then((late) => this.#ended(unit, late));
    else this.#ended(unit, end);
  }

  /** Tells every running handler to stop; what fails because of that counts as no attempt. */
  interrupt(reason: WorkerError): void {
    for (const unit of this.#running) unit.context?.abort('interrupted', reason);
  }

  /** Aborts attempts that run for too long. A handler that ignores its signal keeps its slot and is only reported. */
  abortOverdue(nowMs: number): void {
    const { attemptTimeoutMs, partitionId, report } = this.#options;
    for (const unit of this.#running) {
      const runningMs = nowMs - unit.startedAtMs;
      if (unit.context === undefined || unit.isReportedSlow || runningMs < attemptTimeoutMs) continue;
      unit.isReportedSlow = true;
      unit.context.abort(
        'timed-out',
        new WorkerError('EHW_ATTEMPT_TIMED_OUT', { timeoutMs: attemptTimeoutMs }),
      );
      const sequenceNumber = unit.items[0]?.sequenceNumber ?? -1;
      report({ kind: 'attempt.slow', partitionId, sequenceNumber, runningMs });
    }
  }

  oldestRunningMs(nowMs: number): number {
    let oldestMs = 0;
    for (const unit of this.#running) {
      if (unit.context !== undefined) oldestMs = Math.max(oldestMs, nowMs - unit.startedAtMs);
    }
    return oldestMs;
  }

  /** Settles as soon as no handler runs, or the signal is aborted. */
  whenIdle(signal: AbortSignal): Promise<void> {
    if (this.#running.size === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** An event is tried again and again although its attempts are used up. */
  get isBlocked(): boolean {
    return this.#blocked.size > 0;
  }

  /** Forgets everything that waits; what runs goes on and its end is ignored here. */
  close(): void {
    this.#isClosed = true;
    this.#slot.leave();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#resumable.clear();
    this.#lanes.clear();
  }

  #ended(unit: Unit, end: UnitEnd): void {
    this.#running.remove(unit);
    unit.isReportedSlow = false;
    if (!this.#isClosed) this.#goOn(unit, end);
    this.#slot.release();
    if (this.#running.size > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #goOn(unit: Unit, end: UnitEnd): void {
    if (end.kind === 'again' && end.isBlocked === true) this.#blocked.add(unit);
    else if (end.kind !== 'interrupted') this.#blocked.delete(unit);
    switch (end.kind) {
      case 'finished':
        if (unit.next !== undefined) this.#resumable.push(unit.next);
        else for (const lane of unit.lanes) this.#lanes.release(lane);
        return;
      case 'again':
        return this.#resume(unit, end.afterMs);
      case 'split': {
        // The lanes stay locked until the last part is finished.
        const rest = unit.next;
        const [first] = end.units;
        end.units.forEach((part, index) => (part.next = end.units[index + 1] ?? rest));
        if (first !== undefined) this.#resume(first, end.afterMs);
        return;
      }
      case 'interrupted':
        return this.#resumable.push(unit);
      case 'stop':
        this.#resumable.push(unit);
        return this.#options.stop(end.error);
      default:
        return end satisfies never;
    }
  }

  /** A unit that waits for its retry holds its lanes, but no slot. */
  #resume(unit: Unit, afterMs: number): void {
    if (afterMs === 0) return this.#resumable.push(unit);
    this.#schedule(afterMs, () => this.#resumable.push(unit));
  }

  #take(): Unit {
    const { batch } = this.#options;
    if (batch === undefined) {
      const taken = this.#lanes.takeOne();
      if (taken === undefined) throw new Error('a slot was given to a partition without work');
      return new Unit([taken.lane], [taken.item]);
    }
    const { lanes, items } = this.#lanes.takeBatch(batch.maxEvents);
    this.#isBatchDue = false;
    return new Unit(lanes, items);
  }

  #isReady(): boolean {
    const { batch } = this.#options;
    if (batch === undefined) return this.#lanes.hasReady;
    if (this.#lanes.readyEvents === 0) return false;
    if (this.#isBatchDue || this.#lanes.readyEvents >= batch.maxEvents) return true;
    if (!this.#isBatchTimerSet) {
      this.#isBatchTimerSet = true;
      this.#schedule(batch.maxWaitMs, () => {
        this.#isBatchTimerSet = false;
        this.#isBatchDue = true;
      });
    }
    return false;
  }

  #schedule(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
      this.#slot.wake();
    });
    this.#timers.add(cancel);
  }
}
