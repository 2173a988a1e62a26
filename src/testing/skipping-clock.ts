// Time for a handler's test: it jumps from timer to timer while nothing is running, so that back-off and batching cost
// no real time, and runs at the pace of real time while a handler call is running, so that an attempt's timeout works.

import type { Clock } from '../engine/ports.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class SkippingClock implements Clock {
  readonly #startMs: number;
  #standingMs = 0;
  #running = 0;
  #runningSince = 0;
  #scheduled = 0;
  readonly #timers = new Set<Timer>();
  #wake: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.monotonicMs();
  }

  monotonicMs(): number {
    if (this.#running === 0) return this.#standingMs;
    return this.#standingMs + Math.floor(performance.now() - this.#runningSince);
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.monotonicMs() + Math.max(0, delayMs), order: this.#scheduled++, callback };
    this.#timers.add(timer);
    this.#arm();
    return (): void => {
      this.#timers.delete(timer);
    };
  }

  /** Runs `call` at the pace of real time, until it settled. */
  async during<Result>(call: () => Promise<Result> | Result): Promise<Result> {
    if (this.#running === 0) this.#runningSince = performance.now();
    this.#running += 1;
    this.#arm();
    try {
      return await call();
    } finally {
      if (this.#running === 1) this.#standingMs = this.monotonicMs();
      this.#running -= 1;
      this.#arm();
    }
  }

  /** Forgets every timer and never calls back again. */
  stop(): void {
    this.#timers.clear();
    this.#disarm();
  }

  /**
   * Standing: the next timer fires in the next turn of the event loop, when everything that the last one set off has run
   * out. Running: it fires when its real time has come.
   */
  #arm(): void {
    this.#disarm();
    const next = this.#next();
    if (next === undefined) return;
    if (this.#running === 0) {
      this.#turn = setImmediate(() => this.#fire());
    } else {
      this.#wake = setTimeout(() => this.#fire(), Math.max(0, next.dueMs - this.monotonicMs()));
    }
  }

  #disarm(): void {
    clearTimeout(this.#wake);
    clearImmediate(this.#turn);
  }

  #fire(): void {
    const next = this.#next();
    if (next === undefined) return;
    if (this.#running === 0) this.#standingMs = Math.max(this.#standingMs, next.dueMs);
    if (next.dueMs <= this.monotonicMs()) {
      this.#timers.delete(next);
      next.callback();
    }
    this.#arm();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}
