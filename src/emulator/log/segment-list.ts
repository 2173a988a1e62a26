/** The segments of one log, oldest first: where a record is, and from where on something holds. */
import type { LogSegment } from './log-segment.ts';

/** Where a record's bytes are. */
export interface StoredRecord {
  readonly segment: LogSegment;
  readonly index: number;
}

export class SegmentList {
  #segments: LogSegment[] = [];

  get first(): LogSegment | undefined {
    return this.#segments[0];
  }

  get last(): LogSegment | undefined {
    return this.#segments.at(-1);
  }

  get all(): readonly LogSegment[] {
    return this.#segments;
  }

  push(segment: LogSegment): void {
    this.#segments.push(segment);
  }

  /** Forgets the segments that end below a sequence number; the last one stays. False when all of them stayed. */
  dropBelow(sequenceNumber: number): boolean {
    const before = this.#segments.length;
    while (
      this.#segments.length > 1 &&
      (this.#segments[1]?.firstSequenceNumber ?? Infinity) <= sequenceNumber
    ) {
      this.#segments.shift();
    }
    return this.#segments.length < before;
  }

  /** Takes the records from a sequence number on out again; nobody may be reading them. Returns how many the last one keeps. */
  cutAt(sequenceNumber: number): number {
    while (this.#segments.length > 1 && (this.last?.firstSequenceNumber ?? 0) >= sequenceNumber) {
      this.#segments.pop();
    }
    const kept = sequenceNumber - (this.last?.firstSequenceNumber ?? sequenceNumber);
    this.last?.truncate(kept);
    return kept;
  }

  /** The record must be there. */
  locate(sequenceNumber: number): StoredRecord | undefined {
    const segment = this.#segments[this.#lastWhere((s) => s.firstSequenceNumber <= sequenceNumber)];
    return segment && { segment, index: sequenceNumber - segment.firstSequenceNumber };
  }

  /** How many records from a sequence number on are erased. */
  erasedFrom(sequenceNumber: number): number {
    return this.#segments.reduce(
      (sum, segment) => sum + segment.erasedFrom(sequenceNumber - segment.firstSequenceNumber),
      0,
    );
  }

  /** The first sequence number for which `reached` holds, which must be false, then true, along the log; 0 when for all. */
  search(reached: (segment: LogSegment, index: number) => boolean): number {
    const segment = this.#segments[this.#lastWhere((s) => s.count > 0 && !reached(s, 0))];
    if (segment === undefined) return 0;
    let low = 0;
    let high = segment.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(segment, middle)) high = middle;
      else low = middle + 1;
    }
    return segment.firstSequenceNumber + low;
  }

  /** The index of the last segment for which `holds` is true, -1 when none. */
  #lastWhere(holds: (segment: LogSegment) => boolean): number {
    let low = -1;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const segment = this.#segments[middle];
      if (segment !== undefined && holds(segment)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
