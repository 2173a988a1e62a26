// Notices a blocked event loop from inside: a timer every second, and how late it came. A loop blocked for good answers
// no probe at all; this is for one that comes up for air only now and then and renews no lease in time.

import type { Clock } from '../engine/ports.ts';

export interface LoopHealth {
  /** The latest a timer came within the last minute. */
  readonly maxLateMs: number;
  /** How long every single timer has come late, without one in time; 0 when the last one was in time. */
  readonly starvedMs: number;
}

const sampleEveryMs = 1000;
const keptSamples = 60;
/** Later than this a timer counts as late: far above garbage collection, below the shortest lease. */
const lateMs = 5000;
/** One long gap is a paused process (a suspended node, SIGSTOP), not a blocked loop. */
const minLateInARow = 3;

export class EventLoopProbe {
  readonly #clock: Clock;
  readonly #lateness: number[] = [];
  #lateInARow = 0;
  #starvedSinceMs = 0;
  #starvedMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    const askedMs = this.#clock.monotonicMs();
    this.#cancel = this.#clock.schedule(sampleEveryMs, () => {
      const nowMs = this.#clock.monotonicMs();
      this.#note(Math.max(0, nowMs - askedMs - sampleEveryMs), askedMs, nowMs);
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  health(): LoopHealth {
    return { maxLateMs: Math.max(0, ...this.#lateness), starvedMs: this.#starvedMs };
  }

  #note(lateByMs: number, askedMs: number, nowMs: number): void {
    this.#lateness.push(lateByMs);
    if (this.#lateness.length > keptSamples) this.#lateness.shift();
    if (lateByMs < lateMs) {
      this.#lateInARow = 0;
      this.#starvedMs = 0;
      return;
    }
    if (this.#lateInARow === 0) this.#starvedSinceMs = askedMs;
    this.#lateInARow += 1;
    this.#starvedMs = this.#lateInARow < minLateInARow ? 0 : nowMs - this.#starvedSinceMs;
  }
}
