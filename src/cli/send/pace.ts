// Spreads events over time: so many a second, evenly, without a burst after a pause.

import type { Clock } from '../../engine/ports.ts';
import { sleep } from '../../engine/waiting.ts';

/** Shorter waits are not worth a timer: they are made up by the next one. */
const shortestWaitMs = 5;
/** A sender that was held up longer does not catch up. */
const maxBehindMs = 1000;

export class Pace {
  readonly #clock: Clock;
  readonly #betweenMs: number;
  #dueMs: number;

  /** 0 events a second: as fast as it goes. */
  constructor(clock: Clock, eventsPerSecond: number) {
    this.#clock = clock;
    this.#betweenMs = eventsPerSecond === 0 ? 0 : 1000 / eventsPerSecond;
    this.#dueMs = clock.monotonicMs();
  }

  /** Settles when the next event is due. */
  async next(signal: AbortSignal): Promise<void> {
    if (this.#betweenMs === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.#dueMs = Math.max(this.#dueMs + this.#betweenMs, nowMs - maxBehindMs);
    const waitMs = this.#dueMs - nowMs;
    if (waitMs >= shortestWaitMs) await sleep(this.#clock, waitMs, signal);
  }
}
