// The pause between two looks at the group: as long as decided, cut short when somebody asks for a look.

import type { Clock } from '../ports.ts';
import type { LeaseSettings } from '../settings.ts';
import { sleep } from '../waiting.ts';
import type { Decision } from './decide.ts';

/** Until the next look, in ms. A partition handed over to us is served from that look on, so then the pause is shortest. */
export function restBetweenLooks(
  { isExpecting, isMoving }: Pick<Decision, 'isExpecting' | 'isMoving'>,
  { tickMs, fastTickMs }: Pick<LeaseSettings, 'tickMs' | 'fastTickMs'>,
): number {
  if (isExpecting) return fastTickMs / 4;
  return isMoving ? fastTickMs : tickMs;
}

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
