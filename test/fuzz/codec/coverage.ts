// Which parts of the codec inputs reach, from V8's own counters: an input that reaches new ones is worth keeping.
import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

export class Coverage {
  readonly #session = new Session();
  readonly #folder: string;
  readonly #seen = new Set<string>();

  /** Counts in the files whose address contains `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** How many parts are known. */
  get partCount(): number {
    return this.#seen.size;
  }

  /** Whether anything that ran since the last call is not known yet. */
  hasNew(): boolean {
    return this.#taken().some((part) => !this.#seen.has(part));
  }

  /** Learns what ran since the last call; true when some of it was new. */
  learn(): boolean {
    const before = this.#seen.size;
    for (const part of this.#taken()) this.#seen.add(part);
    return this.#seen.size > before;
  }

  #taken(): readonly string[] {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // A session within the same thread answers before post() returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      scripts = result;
    });
    return scripts
      .filter(({ url }) => url.includes(this.#folder))
      .flatMap(({ url, functions }) =>
        functions.flatMap(({ ranges }) =>
          ranges
            .filter(({ count }) => count > 0)
            .map(({ startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`),
        ),
      );
  }
}
