// The pause between two looks at the group: as long as decided, cut short when somebody asks for a look.

import type { Clock } from '../ports.ts';
import { sleep } from '../waiting.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #shortestMs: number;
  #isHurried = false;
  #wake: () => void = () => {};

  /** `shortestMs` keeps a storm of hurries from turning the loop hot. */
  constructor(clock: Clock, shortestMs: number) {
    this.#clock = clock;
    this.#shortestMs = shortestMs;
  }

  /** The next pause, or the present one, ends early: a look that is under way may have read the old state. */
  hurry(): void {
    this.#isHurried = true;
    this.#wake();
  }

  /** A look begins: it answers every hurry so far. */
  begin(): void {
    this.#isHurried = false;
  }

  async pause(pauseMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isHurried) return sleep(this.#clock, Math.min(pauseMs, this.#shortestMs), signal);
    const early = new AbortController();
    this.#wake = () => early.abort();
    await sleep(this.#clock, pauseMs, AbortSignal.any([signal, early.signal]));
    this.#wake = () => {};
  }
}
