// Keeps an outage from writing thousands of lines: a few lines of each kind of fault in its first minute, then one per
// window while it goes on, and a count of the rest. Pure bookkeeping on the time it is given, of a bounded number of kinds.

export interface FaultLimits {
  readonly firstWindowMs: number;
  readonly linesInFirstWindow: number;
  /** While faults go on from one window to the next: the length of each further one, with a single line in it. */
  readonly furtherWindowMs: number;
  /** Kinds remembered at once; when more come, the one remembered longest is forgotten. */
  readonly maxKinds: number;
}

const defaultFaultLimits: FaultLimits = {
  firstWindowMs: 60_000,
  linesInFirstWindow: 5,
  furtherWindowMs: 300_000,
  maxKinds: 256,
};

interface Window {
  readonly startedMs: number;
  readonly endsMs: number;
  linesLeft: number;
  suppressed: number;
}

/** A window that ended with faults that were counted but not written. */
export interface Suppressed {
  readonly kind: string;
  readonly count: number;
  readonly overMs: number;
}

export class FaultLimiter {
  readonly #limits: FaultLimits;
  readonly #windows = new Map<string, Window>();
  #nextEndMs = Infinity;

  constructor(limits: FaultLimits = defaultFaultLimits) {
    this.#limits = limits;
  }

  /** Whether a fault of this kind may be written now. Ask `ended` first: an ended window admits nothing. */
  admit(kind: string, nowMs: number): boolean {
    const window = this.#windows.get(kind) ?? this.#openFirst(kind, nowMs);
    if (window.linesLeft > 0) {
      window.linesLeft -= 1;
      return true;
    }
    window.suppressed += 1;
    return false;
  }

  /** Ends the windows that are over and tells what they swallowed. Costs nothing while none is due. */
  ended(nowMs: number): readonly Suppressed[] {
    if (nowMs < this.#nextEndMs) return [];
    this.#nextEndMs = Infinity;
    const ended: Suppressed[] = [];
    for (const [kind, { startedMs, endsMs, suppressed }] of this.#windows) {
      if (nowMs < endsMs) {
        this.#nextEndMs = Math.min(this.#nextEndMs, endsMs);
        continue;
      }
      this.#windows.delete(kind);
      if (suppressed === 0) continue;
      ended.push({ kind, count: suppressed, overMs: nowMs - startedMs });
      this.#open(kind, nowMs, this.#limits.furtherWindowMs, 1);
    }
    return ended;
  }

  #openFirst(kind: string, nowMs: number): Window {
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size >= this.#limits.maxKinds) this.#windows.delete(oldest);
    return this.#open(kind, nowMs, this.#limits.firstWindowMs, this.#limits.linesInFirstWindow);
  }

  #open(kind: string, startedMs: number, lengthMs: number, linesLeft: number): Window {
    const window = { startedMs, endsMs: startedMs + lengthMs, linesLeft, suppressed: 0 };
    this.#windows.set(kind, window);
    this.#nextEndMs = Math.min(this.#nextEndMs, window.endsMs);
    return window;
  }
}
