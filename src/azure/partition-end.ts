// Where a partition ends, for a link that receives: read apart every few seconds. The broker would say it with each event
// (trackLastEnqueuedEventProperties), but decoding that costs a quarter of a consumer's CPU (docs/decisions/0004).

import type { PartitionProperties, ReceivedEvent } from '../engine/event.ts';
import type { Clock, ReceivedBatch } from '../engine/ports.ts';

type End = Exclude<ReceivedBatch['end'], undefined>;

export interface PartitionEndOptions {
  readonly clock: Clock;
  readonly read: () => Promise<PartitionProperties>;
  /** Between two reads; asked anew each time, because partitions are added. */
  readonly everyMs: () => number;
}

/** At least this long between two reads of one partition. */
const minEveryMs = 5000;
/** The service answers about 50 such calls a second for everybody: all workers together stay below 20. */
const perPartitionMs = 50;

/** How often each partition's end is read in a hub of so many partitions. */
export function endEveryMs(partitions: number): number {
  return Math.max(minEveryMs, partitions * perPartitionMs);
}

export class PartitionEnd {
  readonly #options: PartitionEndOptions;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  #isReading = false;
  #unsaid: End | undefined;

  constructor(options: PartitionEndOptions) {
    this.#options = options;
  }

  /** What to say of the end with this batch: at least its own last event; undefined when nothing is known anew. */
  sayWith(events: readonly ReceivedEvent[]): End | undefined {
    const last = events.at(-1);
    // A partition that receives nothing is looked after by the engine's own probe.
    if (last !== undefined) this.#readIfDue();
    const read = this.#unsaid;
    this.#unsaid = undefined;
    if (last === undefined || (read !== undefined && read.sequenceNumber >= last.sequenceNumber)) return read;
    return { sequenceNumber: last.sequenceNumber, enqueuedAtMs: last.enqueuedAtMs };
  }

  #readIfDue(): void {
    const { clock, read, everyMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#isReading || nowMs < this.#nextReadMs) return;
    this.#isReading = true;
    this.#nextReadMs = nowMs + everyMs();
    void read().then(
      ({ lastSequenceNumber, lastEnqueuedAtMs }) => {
        this.#isReading = false;
        this.#unsaid = { sequenceNumber: lastSequenceNumber, enqueuedAtMs: lastEnqueuedAtMs };
      },
      () => {
        // The link tells of faults; an end that could not be read is only older than it might be.
        this.#isReading = false;
      },
    );
  }
}
