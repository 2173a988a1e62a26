// Two ways to know the watermark while events finish in any order: a ring of bits over positions, and a list threaded
// through the unfinished events. Prints ns per event for windows of 256 and 4096, and for a stuck head with 1,000,000
// events behind it (time, and heap that is still held at its end).
//
//   node --expose-gc test/bench/watermark.ts

interface Tracker {
  /** Takes the next event; what it gives is handed to `finish`. */
  add(sequenceNumber: number): number | ListedEvent;
  finish(entry: number | ListedEvent): void;
  watermark(): number;
}

/** Bits over positions, and the sequence number of each position, because sequence numbers may have gaps. */
class RingBitmap implements Tracker {
  #bits: Int32Array;
  #sequenceNumbers: Float64Array;
  #mask: number;
  #head = 0;
  #tail = 0;
  #watermark = -1;

  constructor(capacity: number) {
    this.#bits = new Int32Array(capacity >>> 5);
    this.#sequenceNumbers = new Float64Array(capacity);
    this.#mask = capacity - 1;
  }

  add(sequenceNumber: number): number {
    if (this.#tail - this.#head > this.#mask) this.#grow();
    const position = this.#tail++;
    this.#sequenceNumbers[position & this.#mask] = sequenceNumber;
    return position;
  }

  finish(position: number): void {
    const mask = this.#mask;
    const bits = this.#bits;
    const at = position & mask;
    bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31));
    if (position !== this.#head) return;
    let head = this.#head;
    while (head < this.#tail) {
      const slot = head & mask;
      const word = slot >>> 5;
      const bit = 1 << (slot & 31);
      if (((bits[word] ?? 0) & bit) === 0) break;
      bits[word] = (bits[word] ?? 0) & ~bit;
      head += 1;
    }
    this.#head = head;
    this.#watermark = this.#sequenceNumbers[(head - 1) & mask] ?? -1;
  }

  watermark(): number {
    return this.#watermark;
  }

  #grow(): void {
    const larger = new RingBitmap((this.#mask + 1) * 2);
    const mask = larger.#mask;
    for (let position = this.#head; position < this.#tail; position++) {
      const from = position & this.#mask;
      const to = position & mask;
      larger.#sequenceNumbers[to] = this.#sequenceNumbers[from] ?? 0;
      if (((this.#bits[from >>> 5] ?? 0) >>> (from & 31)) & 1) {
        larger.#bits[to >>> 5] = (larger.#bits[to >>> 5] ?? 0) | (1 << (to & 31));
      }
    }
    this.#bits = larger.#bits;
    this.#sequenceNumbers = larger.#sequenceNumbers;
    this.#mask = mask;
  }
}

/** The record an event has anyway while it is in flight, with its two links. */
class ListedEvent {
  readonly sequenceNumber: number;
  previous: ListedEvent | undefined = undefined;
  next: ListedEvent | undefined = undefined;
  /** Everything after this event up to here is finished. */
  finishedUpTo: number;

  constructor(sequenceNumber: number) {
    this.sequenceNumber = sequenceNumber;
    this.finishedUpTo = sequenceNumber;
  }
}

/** Unfinished events only: a finished one leaves the list and gives what it covered to the one before it. */
class UnfinishedList implements Tracker {
  #last: ListedEvent | undefined = undefined;
  #watermark = -1;

  add(sequenceNumber: number): ListedEvent {
    const event = new ListedEvent(sequenceNumber);
    event.previous = this.#last;
    if (this.#last !== undefined) this.#last.next = event;
    this.#last = event;
    return event;
  }

  finish(event: ListedEvent): void {
    const { previous, next } = event;
    if (previous === undefined) this.#watermark = event.finishedUpTo;
    else {
      previous.finishedUpTo = event.finishedUpTo;
      previous.next = next;
    }
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    event.previous = undefined;
    event.next = undefined;
  }

  watermark(): number {
    return this.#watermark;
  }
}

const contenders: Readonly<Record<string, () => Tracker>> = {
  'ring of bits': () => new RingBitmap(256),
  'list of unfinished': () => new UnfinishedList(),
};

/** Finishes a pseudo-random one of `window` events in flight, takes the next, and so on. */
function shuffled(tracker: Tracker, window: number, events: number): void {
  const inFlight: (number | ListedEvent)[] = [];
  let random = 1;
  for (let sequenceNumber = 0; sequenceNumber < events; sequenceNumber++) {
    const entry = tracker.add(sequenceNumber);
    if (inFlight.length < window) {
      inFlight.push(entry);
      continue;
    }
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    const victim = (random >>> 8) & (window - 1);
    tracker.finish(inFlight[victim] ?? entry);
    inFlight[victim] = entry;
  }
  for (const entry of inFlight) tracker.finish(entry);
  if (tracker.watermark() !== events - 1)
    throw new Error(`watermark ${tracker.watermark()} of ${events} events`);
}

/** Everything but the first event finishes, 64 in flight; gives the tracker with the head still stuck. */
function stuckHead(tracker: Tracker, behind: number): number | ListedEvent {
  const head = tracker.add(0);
  const inFlight: (number | ListedEvent)[] = [];
  for (let sequenceNumber = 1; sequenceNumber <= behind; sequenceNumber++) {
    inFlight[sequenceNumber & 63] = tracker.add(sequenceNumber);
    const oldest = inFlight[(sequenceNumber + 1) & 63];
    if (oldest !== undefined) tracker.finish(oldest);
  }
  for (let last = behind - 62; last <= behind; last++) {
    const entry = inFlight[last & 63];
    if (entry !== undefined) tracker.finish(entry);
  }
  if (tracker.watermark() !== -1) throw new Error('the head is not stuck');
  return head;
}

function medianOf(samples: readonly number[]): { median: number; spread: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return { median, spread: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) };
}

function heldBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const events = 2_000_000;
const rounds = 9;

for (const window of [256, 4096]) {
  const samples: Record<string, number[]> = {};
  for (let round = -1; round < rounds; round++) {
    for (const [name, create] of Object.entries(contenders)) {
      const started = process.hrtime.bigint();
      shuffled(create(), window, events);
      const ns = Number(process.hrtime.bigint() - started) / events;
      if (round >= 0) (samples[name] ??= []).push(ns);
    }
  }
  for (const [name, list] of Object.entries(samples)) {
    const { median, spread } = medianOf(list);
    console.log(`window ${window}: ${name}: ${median.toFixed(1)} ns per event (spread ${spread.toFixed(1)})`);
  }
}

const behind = 1_000_000;
for (const [name, create] of Object.entries(contenders)) {
  const samples: number[] = [];
  let held = 0;
  for (let round = 0; round < rounds; round++) {
    const before = heldBytes();
    const tracker = create();
    const started = process.hrtime.bigint();
    const head = stuckHead(tracker, behind);
    samples.push(Number(process.hrtime.bigint() - started) / behind);
    // Array buffers of an earlier round may be freed during this one: the largest difference is the honest one.
    held = Math.max(held, heldBytes() - before);
    const released = process.hrtime.bigint();
    tracker.finish(head);
    if (tracker.watermark() !== behind) throw new Error('the watermark did not reach the end');
    if (round === rounds - 1) {
      const { median, spread } = medianOf(samples);
      const releaseMs = Number(process.hrtime.bigint() - released) / 1e6;
      console.log(
        `stuck head, ${behind} behind: ${name}: ${median.toFixed(1)} ns per event (spread ${spread.toFixed(1)}), ` +
          `${Math.round(held / 1024)} KiB held, ${releaseMs.toFixed(2)} ms when the head finishes`,
      );
    }
  }
}
