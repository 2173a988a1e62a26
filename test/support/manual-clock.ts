// A clock that stands still until the test moves it; timers due on the way are called in order.

import type { Clock } from '../../src/engine/ports.ts';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  /** Added to the monotonic time to make wall time. */
  readonly epochMs: number;
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.epochMs = epochMs;
  }

  nowMs(): number {
    return this.epochMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ atMs }) => atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** Time passes in the middle of a call: no timer runs. */
  compute(ms: number): void {
    this.#nowMs += ms;
  }

  /** Time passes while no timer can run, as when the event loop is blocked; then what is overdue runs once. */
  block(ms: number): void {
    this.#nowMs += ms;
    this.advance(0);
  }
}
