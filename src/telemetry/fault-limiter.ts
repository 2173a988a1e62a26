// Keeps an outage from writing thousands of lines: per kind of fault a few lines per window, then a count of the rest.
// Pure bookkeeping on the time it is given; holds a bounded number of kinds.

export interface FaultLimits {
  readonly windowMs: number;
  /** Lines of one kind written in a window before the rest is only counted. */
  readonly linesPerWindow: number;
  /** Kinds remembered at once; when more come, the oldest window is forgotten. */
  readonly maxKinds: number;
}

export const defaultFaultLimits: FaultLimits = { windowMs: 60_000, linesPerWindow: 5, maxKinds: 256 };

interface Window {
  readonly startedMs: number;
  written: number;
  suppressed: number;
}

/** A window that closed with faults that were counted but not written. */
export interface Suppressed {
  readonly kind: string;
  readonly count: number;
  readonly overMs: number;
}

export class FaultLimiter {
  readonly #limits: FaultLimits;
  /** In order of their start. */
  readonly #windows = new Map<string, Window>();

  constructor(limits: FaultLimits = defaultFaultLimits) {
    this.#limits = limits;
  }

  /** Whether a fault of this kind may be written now. Ask for closed windows first: see `closed`. */
  admit(kind: string, nowMs: number): boolean {
    let window = this.#windows.get(kind);
    if (window === undefined || nowMs - window.startedMs >= this.#limits.windowMs) {
      this.#windows.delete(kind);
      if (this.#windows.size >= this.#limits.maxKinds) {
        for (const oldest of this.#windows.keys()) {
          this.#windows.delete(oldest);
          break;
        }
      }
      window = { startedMs: nowMs, written: 0, suppressed: 0 };
      this.#windows.set(kind, window);
    }
    if (window.written < this.#limits.linesPerWindow) {
      window.written += 1;
      return true;
    }
    window.suppressed += 1;
    return false;
  }

  /** Ends the windows that are over and tells what they swallowed. Costs nothing while none is due. */
  closed(nowMs: number): readonly Suppressed[] {
    const ended: Suppressed[] = [];
    for (const [kind, window] of this.#windows) {
      const overMs = nowMs - window.startedMs;
      if (overMs < this.#limits.windowMs) break;
      this.#windows.delete(kind);
      if (window.suppressed > 0) ended.push({ kind, count: window.suppressed, overMs });
    }
    return ended;
  }
}
