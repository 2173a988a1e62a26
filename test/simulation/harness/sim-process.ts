// One simulated operating system process: its own skewed wall clock, its own monotonic zero, its timers and the answers
// on their way to it. Paused (SIGSTOP), nothing of it runs until it is resumed; killed, nothing ever.

import type { Clock } from '../../../src/engine/ports.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

export class SimProcess {
  /** "worker#2": the second life of that worker id. */
  readonly id: string;
  readonly workerId: string;
  readonly clock: Clock;
  /** The same time for what only stands around the engine (network, handlers): its timers are nobody's leak. */
  readonly outerClock: Clock;
  /** By how much its wall clock is wrong; decisions must not depend on it. */
  skewMs = 0;
  readonly #world: VirtualClock;
  readonly #random: SeededRandom;
  readonly #bornAtMs: number;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #heldTimers: (() => void)[] = [];
  #heldAnswers: (() => void)[] = [];
  readonly #pending = new Set<{ readonly dueMs: number }>();

  constructor(id: string, workerId: string, world: VirtualClock, random: SeededRandom) {
    this.id = id;
    this.workerId = workerId;
    this.#world = world;
    this.#random = random;
    this.#bornAtMs = world.monotonicMs() - random.integer(0, 1_000_000);
    const times = {
      nowMs: () => world.nowMs() + this.skewMs,
      monotonicMs: () => world.monotonicMs() - this.#bornAtMs,
    };
    this.outerClock = { ...times, schedule: (delayMs, callback) => this.#schedule(delayMs, callback) };
    this.clock = { ...times, schedule: (delayMs, callback) => this.#scheduleCounted(delayMs, callback) };
  }

  get state(): 'running' | 'paused' | 'dead' {
    return this.#state;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** Timers of the engine due later than so many ms from now: a process that ended in order has none. */
  timersBeyond(ms: number): number {
    const nowMs = this.#world.monotonicMs();
    return [...this.#pending].filter(({ dueMs }) => dueMs > nowMs + ms).length;
  }

  /** Hands an answer of the network to the process: now, when it is resumed, or never. */
  deliver(answer: () => void): void {
    if (this.#state === 'running') answer();
    else if (this.#state === 'paused') this.#heldAnswers.push(answer);
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** Runs what was held back; whether timers or answers come first is chance, as it is in a real event loop. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const timers = this.#heldTimers;
    const answers = this.#heldAnswers;
    this.#heldTimers = [];
    this.#heldAnswers = [];
    const held = this.#random.chance(0.5) ? [...timers, ...answers] : [...answers, ...timers];
    // Each in its own turn, so that promise work runs in between; a kill or pause in between holds the rest back again.
    for (const work of held) this.#world.schedule(0, () => this.deliver(work));
  }

  kill(): void {
    this.#state = 'dead';
    this.#heldTimers = [];
    this.#heldAnswers = [];
  }

  #schedule(delayMs: number, callback: () => void): () => void {
    let isOver = false;
    const fire = (): void => {
      if (isOver) return;
      isOver = true;
      callback();
    };
    const cancel = this.#world.schedule(delayMs, () => {
      if (this.#state === 'running') fire();
      else if (this.#state === 'paused') this.#heldTimers.push(fire);
    });
    return () => {
      isOver = true;
      cancel();
    };
  }

  #scheduleCounted(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#world.monotonicMs() + delayMs };
    this.#pending.add(timer);
    const cancel = this.#schedule(delayMs, () => {
      this.#pending.delete(timer);
      callback();
    });
    return () => {
      this.#pending.delete(timer);
      cancel();
    };
  }
}
