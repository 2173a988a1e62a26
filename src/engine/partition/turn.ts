// One turn of the event loop, and how much of it handler calls may use. Calls that end at once would otherwise follow each
// other for as long as there is work, and keep renewals, sockets and probes waiting.

import type { Clock } from '../ports.ts';

export class Turn {
  readonly #clock: Clock;
  readonly #maxMs: number;
  readonly #resume: () => void;
  #endsAtMs = 0;
  #isOpen = false;
  #isUsedUp = false;

  /** `resume` is called in the next turn when this one was used up. */
  constructor(clock: Clock, maxMs: number, resume: () => void) {
    this.#clock = clock;
    this.#maxMs = maxMs;
    this.#resume = resume;
  }

  /** Whether another call may start in this turn; asked before each. */
  hasTime(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#isOpen) this.#open(nowMs);
    else if (nowMs >= this.#endsAtMs) this.#isUsedUp = true;
    return !this.#isUsedUp;
  }

  #open(nowMs: number): void {
    this.#isOpen = true;
    this.#endsAtMs = nowMs + this.#maxMs;
    this.#clock.schedule(0, () => {
      this.#isOpen = false;
      if (!this.#isUsedUp) return;
      this.#isUsedUp = false;
      this.#resume();
    });
  }
}
