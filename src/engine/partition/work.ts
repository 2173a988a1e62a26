// The work of one partition: takes units from its lanes when it has a slot, runs them, and carries out how they end.

import { Fifo } from '../fifo.ts';
import { WorkerError } from '../errors.ts';
import type { BatchLimits } from '../handling/handler.ts';
import { Unit } from '../handling/unit.ts';
import type { UnitEnd } from '../handling/unit.ts';
import type { RunUnit } from '../handling/event-runner.ts';
import type { Clock } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import { arrangeParts } from './batch-parts.ts';
import type { InFlight } from './in-flight.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { LetterDesk } from './letter-desk.ts';
import { RunningUnits } from './running-units.ts';
import type { SlotAccount, Slots, SlotUser } from './slots.ts';

export interface WorkOptions {
  readonly partitionId: string;
  readonly clock: Clock;
  readonly slots: Slots;
  readonly run: RunUnit;
  /** Stores a unit's dead letter. Never rejects. */
  readonly putLetter: (unit: Unit) => Promise<UnitEnd>;
  readonly attemptTimeoutMs: number;
  /** Calls of this partition that may run at a time. */
  readonly concurrency: number;
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
  /** Units that had a turn before: retries, parts of a batch, interrupted ones. */
  readonly #resumable = new Fifo<Unit>();
  /**
   * Fresh and resumed work take turns, so that neither starves: not the retries behind a backlog, and not the backlog behind
   * a downstream that fails for some keys. A ready event at rank r of its kind has had its turn after 2 r turns. Calls of
   * resumed work take half of the partition's slots at most while fresh work waits: retries are often the slow ones.
   */
  #wasLastResumed = false;
  #resumedRunning = 0;
  readonly #letters: LetterDesk;
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
    this.#letters = new LetterDesk({
      put: options.putLetter,
      mayStart: options.mayStart,
      ended: (unit, end) => {
        if (!this.#isClosed) this.#goOn(unit, end);
        this.#slot.wake();
        this.#tellIfIdle();
      },
    });
  }

  /** Queues an event; `wake` lets it run. */
  add(item: InFlight, key: string | undefined): void {
    this.#lanes.add(item, key);
  }

  /** There may be something to start. */
  wake(): void {
    this.#letters.wake();
    this.#slot.wake();
  }

  isWaiting(): boolean {
    return !this.#isClosed && (this.#resumable.length > 0 || this.#isReady());
  }

  hasWork(): boolean {
    return this.isWaiting() && this.#options.mayStart();
  }

  runOne(): void {
    const unit = this.#next();
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

  /** Settles as soon as no handler runs and no letter is being written, or the signal is aborted. */
  whenIdle(signal: AbortSignal): Promise<void> {
    if (this.#isIdle || signal.aborted) return Promise.resolve();
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
    this.#letters.clear();
    this.#lanes.clear();
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#letters.underWay === 0;
  }

  #ended(unit: Unit, end: UnitEnd): void {
    this.#running.remove(unit);
    if (unit.isResumed) this.#resumedRunning -= 1;
    unit.isResumed = false;
    unit.isReportedSlow = false;
    if (!this.#isClosed) this.#goOn(unit, end);
    else if (end.kind === 'interrupted') this.#reportLate(unit);
    this.#slot.release();
    this.#tellIfIdle();
  }

  /** The call outlived its lease: whatever it did, its events are somebody else's now. */
  #reportLate({ items }: Unit): void {
    const { report, partitionId } = this.#options;
    for (const { sequenceNumber } of items) report({ kind: 'late-result', partitionId, sequenceNumber });
  }

  #tellIfIdle(): void {
    if (!this.#isIdle) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #goOn(unit: Unit, end: UnitEnd): void {
    if (end.kind === 'again' && end.isBlocked === true) this.#blocked.add(unit);
    else if (end.kind !== 'interrupted') this.#blocked.delete(unit);
    switch (end.kind) {
      case 'finished':
        for (const lane of unit.lanes) this.#leave(lane);
        return;
      case 'again':
        return this.#resume(unit, end.afterMs);
      case 'dead-letter':
        return this.#letters.add(unit);
      case 'split':
        return this.#split(unit, end.units, end.afterMs);
      case 'interrupted':
        return this.#resumable.push(unit);
      case 'stop':
        this.#resumable.push(unit);
        return this.#options.stop(end.error);
      default:
        return end satisfies never;
    }
  }

  /** The unit is done with the lane: the next part of its batch has its turn there, or the lane is free. */
  #leave(lane: Lane): void {
    const part = lane.nextPart();
    if (part === undefined) this.#lanes.release(lane);
    else this.#ready(part);
  }

  #split(unit: Unit, parts: readonly Unit[], afterMs: number): void {
    const { free, behind } = arrangeParts(parts);
    for (const lane of unit.lanes) {
      const queued = behind.get(lane);
      if (queued === undefined) this.#leave(lane);
      else lane.queueParts(queued);
    }
    for (const part of free) this.#resume(part, part.letter === undefined ? afterMs : 0);
  }

  /** A unit that waits for its retry holds its lanes, but no slot. */
  #resume(unit: Unit, afterMs: number): void {
    if (afterMs === 0) return this.#ready(unit);
    this.#schedule(afterMs, () => this.#ready(unit));
  }

  #ready(unit: Unit): void {
    if (unit.letter === undefined) this.#resumable.push(unit);
    else this.#letters.add(unit);
  }

  #next(): Unit {
    const isTurnOfFresh = this.#wasLastResumed || this.#resumedRunning * 2 >= this.#options.concurrency;
    const resumed = isTurnOfFresh && this.#isReady() ? undefined : this.#resumable.shift();
    this.#wasLastResumed = resumed !== undefined;
    if (resumed === undefined) return this.#take();
    resumed.isResumed = true;
    this.#resumedRunning += 1;
    return resumed;
  }

  #take(): Unit {
    const { batch } = this.#options;
    if (batch === undefined) {
      const item = this.#lanes.takeOne();
      if (item === undefined) throw new Error('a slot was given to a partition without work');
      return new Unit([item]);
    }
    this.#isBatchDue = false;
    return new Unit(this.#lanes.takeBatch(batch.maxEvents));
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
