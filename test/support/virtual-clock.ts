// Time that only moves when told. Owns every timer; between two timers all promise work runs to its end, so that a run
// with one seed is the same run each time. Timers due at the same millisecond fire in an order drawn from `random`, or
// in the order they were made when there is none.

import type { Clock, Random } from '../../src/engine/ports.ts';

interface Timer {
  readonly dueMs: number;
  readonly tie: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export interface VirtualClockOptions {
  /** Wall time at monotonic 0. */
  readonly startMs?: number;
  readonly random?: Random;
}

/** Turns without any progress of time after which a loop of zero delays is taken for granted. */
const maxStepsPerMs = 200_000;
/** Steps after which the real event loop gets a turn (test timeouts, unhandled rejections). */
const stepsPerTurn = 4_096;

export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #random: Random | undefined;
  readonly #heap: Timer[] = [];
  #monotonicMs = 0;
  #order = 0;
  #live = 0;
  #steps = 0;
  #stepsAtThisMs = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#startMs = options.startMs ?? 1_750_000_000_000;
    this.#random = options.random;
  }

  nowMs(): number {
    return this.#startMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Timers that are neither fired nor cancelled. */
  get pendingTimers(): number {
    return this.#live;
  }

  /** Timers fired since the start. */
  get firedTimers(): number {
    return this.#steps;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    if (Number.isNaN(delayMs)) throw new RangeError('A timer needs a delay; got NaN.');
    const timer: Timer = {
      dueMs: this.#monotonicMs + Math.max(0, delayMs),
      tie: this.#random?.next() ?? 0,
      order: (this.#order += 1),
      callback,
    };
    push(this.#heap, timer);
    this.#live += 1;
    return () => {
      if (timer.callback === undefined) return;
      timer.callback = undefined;
      this.#live -= 1;
    };
  }

  /** Settles after that much virtual time; for test code that reads like a story. */
  async sleep(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => this.schedule(delayMs, resolve));
  }

  /** Lets all promise work that is possible now run to its end; no time passes. */
  async settle(): Promise<void> {
    // A tick queued from promise work runs when the promise queue is empty, not before.
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }

  /** Moves time on by `durationMs`, firing what becomes due, each timer followed by all the promise work it causes. */
  async advance(durationMs: number): Promise<void> {
    await this.runUntil(() => false, durationMs);
  }

  /**
   * Fires timers until `isDone` says so or `limitMs` have passed; returns what `isDone` said last. Time ends where the
   * condition became true, or exactly `limitMs` later.
   */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#monotonicMs + limitMs;
    await this.settle();
    while (!isDone()) {
      const timer = this.#nextTimer(endMs);
      if (timer === undefined) {
        this.#monotonicMs = endMs;
        return isDone();
      }
      await this.#fire(timer);
    }
    return true;
  }

  #nextTimer(endMs: number): Timer | undefined {
    for (;;) {
      const timer = this.#heap[0];
      if (timer === undefined) return undefined;
      if (timer.callback !== undefined && timer.dueMs > endMs) return undefined;
      pop(this.#heap);
      if (timer.callback !== undefined) return timer;
    }
  }

  async #fire(timer: Timer): Promise<void> {
    if (timer.dueMs > this.#monotonicMs) {
      this.#monotonicMs = timer.dueMs;
      this.#stepsAtThisMs = 0;
    } else if ((this.#stepsAtThisMs += 1) > maxStepsPerMs) {
      throw new Error(
        `Virtual time stands still at ${this.#monotonicMs} ms: timers without delay feed each other.`,
      );
    }
    this.#steps += 1;
    const { callback } = timer;
    timer.callback = undefined;
    this.#live -= 1;
    callback?.();
    if (this.#steps % stepsPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await this.settle();
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.order < b.order;
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(timer, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const leftTimer = heap[left];
    if (leftTimer === undefined) break;
    const rightTimer = heap[left + 1];
    const isRight = rightTimer !== undefined && isBefore(rightTimer, leftTimer);
    const child = isRight ? rightTimer : leftTimer;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = isRight ? left + 1 : left;
  }
  heap[index] = last;
}
