// One sample: what a consumer needed for its measured events, after those that warmed it up.

export interface Sample {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
}

/** Events after the warm-up, handled as the measured ones are and not counted: buffers fill while handlers wait. */
const settlingEvents = 100;

/** Counts handled events: first the warm-up, then those in which it settles, then the measured ones. */
export class Stretch {
  readonly done: Promise<Sample>;
  readonly #resolve: (sample: Sample) => void;
  readonly #warmup: number;
  readonly #first: number;
  readonly #events: number;
  #count = 0;
  #startedNs = 0n;
  #cpuAtStart: NodeJS.CpuUsage = { user: 0, system: 0 };

  constructor(measured: number, warmup: number) {
    const { promise, resolve } = Promise.withResolvers<Sample>();
    this.done = promise;
    this.#resolve = resolve;
    this.#first = warmup + settlingEvents;
    this.#events = this.#first + measured;
    this.#warmup = warmup;
  }

  /** Whether an event that starts now is one that warms up. */
  get isWarmingUp(): boolean {
    return this.#count < this.#warmup;
  }

  /** Call once per handled event. */
  count(): void {
    this.#count += 1;
    if (this.#count === this.#first) {
      this.#startedNs = process.hrtime.bigint();
      this.#cpuAtStart = process.cpuUsage();
    } else if (this.#count === this.#events) {
      this.#resolve(this.#sample());
    }
  }

  #sample(): Sample {
    const events = this.#events - this.#first;
    const seconds = Number(process.hrtime.bigint() - this.#startedNs) / 1e9;
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return { eventsPerSecond: events / seconds, cpuUsPerEvent: (user + system) / events };
  }
}

/** A sample as it came from another process. Throws TypeError when it is none. */
export function readSample(message: unknown): Sample {
  if (
    typeof message === 'object' &&
    message !== null &&
    'eventsPerSecond' in message &&
    'cpuUsPerEvent' in message
  ) {
    const { eventsPerSecond, cpuUsPerEvent } = message;
    if (typeof eventsPerSecond === 'number' && typeof cpuUsPerEvent === 'number') {
      return { eventsPerSecond, cpuUsPerEvent };
    }
  }
  throw new TypeError(`not a sample: ${JSON.stringify(message)}`);
}
