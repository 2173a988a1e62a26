// What a person sees while `local` runs: one line, redrawn on a terminal, or a plain one every few seconds in a log.

import type { WorkerStatus } from '../engine/status.ts';

/** The counts at one moment. */
export interface Snapshot {
  readonly atMs: number;
  readonly sentEvents: number;
  /** Why sending fails right now, if it does. */
  readonly sendError: string | undefined;
  readonly handledEvents: number;
  readonly status: WorkerStatus;
}

/** The line for a moment, with rates since the one before. */
export function progressLine(now: Snapshot, before: Snapshot): string {
  const lag = now.status.partitions.reduce((sum, { lagEvents }) => sum + lagEvents, 0);
  const parts = [
    `in ${count(now.sentEvents)} (${rate(now, before, 'sentEvents')}/s)`,
    `handled ${count(now.handledEvents)} (${rate(now, before, 'handledEvents')}/s)`,
    `lag ${count(lag)}`,
    `partitions ${String(now.status.partitions.length)}/${String(now.status.partitionsTotal)}`,
  ];
  if (now.status.state !== 'running') parts.push(now.status.state);
  if (now.sendError !== undefined) parts.push(`sending fails: ${now.sendError}`);
  return parts.join('   ');
}

export interface ProgressOptions {
  readonly snapshot: () => Snapshot;
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Columns of the terminal: a longer line would wrap and could not be redrawn. Infinity where they are unknown. */
  readonly columns: () => number;
}

const redrawMs = 500;
const plainLineMs = 5000;
const eraseLine = '\r\u001B[2K';

export class Progress {
  readonly #options: ProgressOptions;
  #timer: NodeJS.Timeout | undefined;
  #before: Snapshot;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#before = options.snapshot();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#draw(), this.#options.isTerminal ? redrawMs : plainLineMs);
  }

  /** Draws the last state and leaves the line. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#draw();
    if (this.#options.isTerminal) this.#options.write('\n');
  }

  #draw(): void {
    const { snapshot, write, isTerminal, columns } = this.#options;
    const now = snapshot();
    const line = progressLine(now, this.#before);
    // A second's rate is steadier than that of half a second.
    if (now.atMs - this.#before.atMs >= 1000) this.#before = now;
    write(isTerminal ? eraseLine + line.slice(0, columns() - 1) : `${line}\n`);
  }
}

function rate(now: Snapshot, before: Snapshot, what: 'sentEvents' | 'handledEvents'): string {
  const seconds = (now.atMs - before.atMs) / 1000;
  return seconds > 0 ? count(Math.round((now[what] - before[what]) / seconds)) : '0';
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
