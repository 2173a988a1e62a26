// What became of the events of one `send`, and how it is told: a line that is redrawn, a closing line, or JSON.

import type { WorkerError } from '../../engine/errors.ts';

/** Of more kinds of failures than this only the first ones are named. */
const maxReasons = 10;

export class Tally {
  readonly #startedMs: number;
  readonly #reasons = new Map<string, number>();
  sent = 0;
  retried = 0;
  failed = 0;

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  fail(events: number, error: WorkerError): void {
    this.failed += events;
    const known = this.#reasons.get(error.message);
    if (known !== undefined || this.#reasons.size < maxReasons) {
      this.#reasons.set(error.message, (known ?? 0) + events);
    }
  }

  /** `<count> events: <why>` for each kind of failure. */
  get reasons(): readonly string[] {
    return [...this.#reasons].map(([reason, events]) => `${String(events)} not sent: ${reason}`);
  }

  json(nowMs: number): string {
    const seconds = this.#seconds(nowMs);
    return JSON.stringify({
      sent: this.sent,
      retried: this.retried,
      failed: this.failed,
      seconds: Number(seconds.toFixed(3)),
      eventsPerSecond: this.#rate(nowMs),
    });
  }

  closingLine(nowMs: number): string {
    return (
      `sent ${grouped(this.sent)}, retried ${grouped(this.retried)}, failed ${grouped(this.failed)}, ` +
      `${grouped(this.#rate(nowMs))} events/s in ${this.#seconds(nowMs).toFixed(1)} s`
    );
  }

  /** `done` is the finished part, 0 to 1; undefined when nobody knows the whole. */
  progressLine(nowMs: number, done: number | undefined): string {
    const figures =
      `sent ${grouped(this.sent)} (${grouped(this.#rate(nowMs))}/s), retried ${grouped(this.retried)}, ` +
      `failed ${grouped(this.failed)}`;
    if (done === undefined) return figures;
    const width = 24;
    const filled = Math.round(Math.min(1, done) * width);
    const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
    return `[${bar}] ${String(Math.floor(Math.min(1, done) * 100)).padStart(3)} %  ${figures}`;
  }

  #seconds(nowMs: number): number {
    return (nowMs - this.#startedMs) / 1000;
  }

  #rate(nowMs: number): number {
    const seconds = this.#seconds(nowMs);
    return seconds <= 0 ? 0 : Math.round(this.sent / seconds);
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
