/** Where in one log each replication segment begins (hubs/geo-replication.ts says what that is). */
import type { Position } from './log-record.ts';

/** Whether a log is replicated now, and in which segment. */
export interface Replication {
  readonly segment: number | undefined;
  readonly tellsNumericLastOffset: boolean;
}

export class ReplicationSegments {
  /** In order; segments without events are not here. */
  readonly #starts: { readonly segment: number; first: number }[] = [];

  /** That of the newest event; undefined when it has none. */
  get last(): number | undefined {
    return this.#starts.at(-1)?.segment;
  }

  /** An event was appended. */
  note({ replicationSegment, sequenceNumber }: Position): void {
    if (replicationSegment === undefined || this.#starts.at(-1)?.segment === replicationSegment) return;
    this.#starts.push({ segment: replicationSegment, first: sequenceNumber });
  }

  /** The events from `end` on are gone. */
  cutAt(end: number): void {
    for (const start of this.#starts) start.first = Math.min(start.first, end);
  }

  /** The sequence number behind a segment's last event, `next` for the newest. Undefined: there is no such segment. */
  endOf(segment: number, next: number): number | undefined {
    const index = this.#starts.findIndex((start) => start.segment === segment);
    return index < 0 ? undefined : (this.#starts[index + 1]?.first ?? next);
  }
}
