// The two ways a process is asked to end: the first SIGTERM or SIGINT asks it to leave in order, a second one at once.

type Signal = 'SIGTERM' | 'SIGINT';

/** What of a process is needed: node's own, or a test's. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

export class Shutdown implements Disposable {
  readonly #source: SignalSource;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();

  constructor(source: SignalSource) {
    this.#source = source;
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
    if (this.#drain.signal.aborted) this.#stop.abort();
    else this.#drain.abort();
  };
}
