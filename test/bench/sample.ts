// One sample: what a consumer needed for the events between a first mark (links open, code warm) and the last event.

export interface Sample {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
}

/** Counts handled events; the measured stretch runs from `warmup` events to `events`. */
export class Stretch {
  readonly done: Promise<Sample>;
  readonly #resolve: (sample: Sample) => void;
  readonly #warmup: number;
  readonly #events: number;
  #count = 0;
  #startedNs = 0n;
  #cpuAtStart: NodeJS.CpuUsage = { user: 0, system: 0 };

  constructor(events: number, warmup: number) {
    const { promise, resolve } = Promise.withResolvers<Sample>();
    this.done = promise;
    this.#resolve = resolve;
    this.#events = events;
    this.#warmup = warmup;
  }

  /** Call once per handled event. */
  count(): void {
    this.#count += 1;
    if (this.#count === this.#warmup) {
      this.#startedNs = process.hrtime.bigint();
      this.#cpuAtStart = process.cpuUsage();
    } else if (this.#count === this.#events) {
      this.#resolve(this.#sample());
    }
  }

  #sample(): Sample {
    const events = this.#events - this.#warmup;
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
