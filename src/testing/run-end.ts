// Tells from the engine's reports when a test run is over: every event finished, or nothing that is left can finish.

import type { Report } from '../engine/reports.ts';

/** A blocked event is tried for ever; after so many rounds without any other progress the rest is taken for blocked too. */
const blockedRounds = 3;

export class RunEnd {
  /** Settles once, when the run is over. */
  readonly reached: Promise<void>;
  readonly #reach: () => void;
  /** Events still to finish, by partition. */
  readonly #open: Map<string, number>;
  #roundsWithoutProgress = 0;

  constructor(eventsOf: ReadonlyMap<string, number>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.reached = promise;
    this.#reach = resolve;
    this.#open = new Map(eventsOf);
    this.#look();
  }

  note(report: Report): void {
    if (report.kind === 'finished') {
      this.#roundsWithoutProgress = 0;
      this.#open.set(report.partitionId, (this.#open.get(report.partitionId) ?? 0) - report.events);
    } else if (report.kind === 'blocked') {
      this.#roundsWithoutProgress += 1;
    } else if (report.kind === 'lease' && report.change === 'stopped') {
      this.#open.delete(report.partitionId);
    } else {
      return;
    }
    this.#look();
  }

  #look(): void {
    const isDone = [...this.#open.values()].every((events) => events <= 0);
    if (isDone || this.#roundsWithoutProgress >= blockedRounds) this.#reach();
  }
}
