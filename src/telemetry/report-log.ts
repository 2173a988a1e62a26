// Writes the engine's reports to the log: limits lines that repeat, tells how many were left out, and says when the
// store answers again after an outage.

import type { Clock } from '../engine/ports.ts';
import type { Report } from '../engine/reports.ts';
import { FaultLimiter } from './fault-limiter.ts';
import { lineOf } from './report-line.ts';
import type { LogLine } from './report-line.ts';

/** The part of pino's logger that is used. */
export type LineWriter = Readonly<
  Record<LogLine['level'], (fields: Readonly<Record<string, unknown>>, message: string) => void>
>;

export class ReportLog {
  readonly #writer: LineWriter;
  readonly #clock: Clock;
  readonly #limiter: FaultLimiter;
  #failedTicks = 0;
  #failingSinceMs = 0;

  constructor(writer: LineWriter, clock: Clock, limiter: FaultLimiter = new FaultLimiter()) {
    this.#writer = writer;
    this.#clock = clock;
    this.#limiter = limiter;
  }

  readonly report = (report: Report): void => {
    // Once per event, no line: nothing more is done for it.
    if (report.kind === 'finished') return;
    const line = lineOf(report);
    if (line === undefined && report.kind !== 'tick') return;
    const nowMs = this.#clock.monotonicMs();
    // Ticks come every few seconds whatever happens, so an ended window is told of soon even when the faults have ended.
    for (const { kind, count, overMs } of this.#limiter.ended(nowMs)) {
      this.#writer.warn(
        { fault: kind, count },
        `${count} more of "${kind}" in the last ${Math.round(overMs / 1000)} s were not written`,
      );
    }
    if (report.kind === 'tick') this.#noteTick(report.result, nowMs);
    if (line === undefined) return;
    if (line.faultKind !== undefined && !this.#limiter.admit(line.faultKind, nowMs)) return;
    this.#writer[line.level](line.fields, line.message);
  };

  #noteTick(result: 'ok' | 'failed', nowMs: number): void {
    if (result === 'failed') {
      if (this.#failedTicks === 0) this.#failingSinceMs = nowMs;
      this.#failedTicks += 1;
      return;
    }
    if (this.#failedTicks === 0) return;
    const seconds = Math.round((nowMs - this.#failingSinceMs) / 1000);
    this.#writer.info(
      { failedTicks: this.#failedTicks },
      `the group's store answers again after ${seconds} s and ${this.#failedTicks} failed looks`,
    );
    this.#failedTicks = 0;
  }
}
