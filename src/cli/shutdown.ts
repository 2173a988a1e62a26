// The two ways a process is asked to end: the first SIGTERM or SIGINT asks it to leave in order, a second one at once.

type Signal = 'SIGTERM' | 'SIGINT';

/** What of a process is needed: node's own, or a test's. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/**
 * One Ctrl-C may arrive twice: the terminal signals every process of its group, and npm forwards what it got. Whoever
 * means a second one takes longer.
 */
const echoMs = 500;

export class Shutdown implements Disposable {
  readonly #source: SignalSource;
  readonly #monotonicMs: () => number;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();

  #drainedAtMs = 0;

  constructor(source: SignalSource, monotonicMs: () => number = () => performance.now()) {
    this.#source = source;
    this.#monotonicMs = monotonicMs;
    source.on('SIGTERM', this.#next);
    source.on('SIGINT', this.#next);
  }

  /** Aborted by the first signal. */
  get drain(): AbortSignal {
    return this.#drain.signal;
  }

  /** Aborted by the second signal. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Gives the signals back to their default: the next one ends the process. */
  [Symbol.dispose](): void {
    this.#source.off('SIGTERM', this.#next);
    this.#source.off('SIGINT', this.#next);
  }

  readonly #next = (): void => {
    const nowMs = this.#monotonicMs();
    if (!this.#drain.signal.aborted) {
      this.#drainedAtMs = nowMs;
      this.#drain.abort();
    } else if (nowMs - this.#drainedAtMs >= echoMs) {
      this.#stop.abort();
    }
  };
}
