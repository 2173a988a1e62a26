// What happened in one run, line by line, for a person who has to understand it. Off by default: a failing seed is run
// again with the trace on, which gives the same run.

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly text: string;
}

export class Trace {
  readonly isOn: boolean;
  readonly lines: TraceLine[] = [];
  readonly #nowMs: () => number;

  constructor(isOn: boolean, nowMs: () => number) {
    this.isOn = isOn;
    this.#nowMs = nowMs;
  }

  note(who: string, text: () => string): void {
    if (this.isOn) this.lines.push({ atMs: this.#nowMs(), who, text: text() });
  }
}

/** "12:03.450 a#1        text", one line each. */
export function printTimeline(lines: readonly TraceLine[]): string {
  return lines
    .map(({ atMs, who, text }) => `${timeOf(atMs).padStart(10)}  ${who.padEnd(12)} ${text}`)
    .join('\n');
}

function timeOf(atMs: number): string {
  const minutes = Math.floor(atMs / 60_000);
  const seconds = ((atMs % 60_000) / 1_000).toFixed(3).padStart(6, '0');
  return `${minutes}:${seconds}`;
}
