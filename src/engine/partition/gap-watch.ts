// What to make of sequence numbers that a link went past: pure. The broker numbers without gaps what it takes in, so a number
// that is not delivered was compacted away, is a marker of a Kafka transaction, or got lost on its way to us. A second
// reading from the last position tells: what is in neither is what the broker has.

/** Numbers that did not come, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export type GapVerdict =
  /** Read from the last position again. */
  | 'read-again'
  /** Two readings agree that nothing is there. */
  | 'confirmed'
  /** Passed without a second reading: this partition has shown that its gaps are real, and too many of them. */
  | 'unchecked';

interface Reading {
  /** The last number before the gap that began it. */
  readonly after: number;
  /** What came beyond that gap, ascending. */
  readonly numbers: readonly number[];
  readonly times: number;
}

/** After so many confirmed gaps in a row the partition is compacted, or its producers use transactions. */
const trustedAfter = 3;
/** From then on a second reading costs this much time. */
const readAgainEveryMs = 60_000;
/** Readings that differ each time (compaction is at work in that very range) end with the last one. */
const maxReadings = 3;

export class GapWatch {
  #first: Reading | undefined;
  #isCounted = false;
  #confirmedInARow = 0;
  #lastReadMs = Number.NEGATIVE_INFINITY;

  /** Judges a gap by what came with the first event behind it. */
  judge(gap: Gap, beyond: readonly number[], nowMs: number): GapVerdict {
    const first = this.#first;
    if (first !== undefined && agrees(first, gap)) return this.#confirm();
    const times = first?.after === gap.from - 1 ? first.times + 1 : 1;
    if (times >= maxReadings) return this.#confirm();
    if (this.#confirmedInARow >= trustedAfter && nowMs - this.#lastReadMs < readAgainEveryMs) {
      return 'unchecked';
    }
    this.#first = { after: gap.from - 1, numbers: beyond, times };
    this.#isCounted = false;
    this.#lastReadMs = nowMs;
    return 'read-again';
  }

  /** An event was taken in, in order. One that the first reading lacked shows that gaps here are not to be trusted. */
  noteTaken(sequenceNumber: number): void {
    const first = this.#first;
    if (first === undefined) return;
    if (sequenceNumber < (first.numbers[0] ?? 0)) this.#confirmedInARow = 0;
    if (sequenceNumber >= (first.numbers.at(-1) ?? 0)) this.#first = undefined;
  }

  /** One second reading may confirm several gaps: it counts once. */
  #confirm(): GapVerdict {
    if (!this.#isCounted) this.#confirmedInARow += 1;
    this.#isCounted = true;
    return 'confirmed';
  }
}

/** Whether the first reading went past the whole gap and has nothing in it. */
function agrees({ after, numbers }: Reading, { from, to }: Gap): boolean {
  const last = numbers.at(-1) ?? after;
  return from > after && to < last && !numbers.some((number) => number >= from && number <= to);
}
