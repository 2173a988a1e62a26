// Counts finished events from the engine's reports: a total that outlives the partitions' own counts, which end with
// their leases.

import type { Report } from '../engine/reports.ts';

export class HandledEvents {
  #events = 0;

  get events(): number {
    return this.#events;
  }

  readonly report = (report: Report): void => {
    if (report.kind === 'finished') this.#events += report.events;
  };
}
