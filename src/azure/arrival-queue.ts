// The events that arrived and wait for the engine, in order; the link's credit bounds them. They are handed over batch by batch,
// the next when the one before was taken: in the same turn in which they arrive, when nobody is busy.

import type { ReceivedEvent } from '../engine/event.ts';

export class ArrivalQueue {
  readonly #maxBatch: number;
  readonly #deliver: (events: readonly ReceivedEvent[]) => Promise<void>;
  #waiting: (readonly ReceivedEvent[])[] = [];
  #isDelivering = false;
  #isClosed = false;

  /** `deliver` never rejects. */
  constructor(maxBatch: number, deliver: (events: readonly ReceivedEvent[]) => Promise<void>) {
    this.#maxBatch = maxBatch;
    this.#deliver = deliver;
  }

  /** Somebody takes a batch at this moment. */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  push(events: readonly ReceivedEvent[]): void {
    if (this.#isClosed) return;
    this.#waiting.push(events);
    if (!this.#isDelivering) void this.#run();
  }

  /** Hands over one batch in place of the queue's own, such as a heartbeat. False: a delivery is under way, which says more. */
  async insert(events: readonly ReceivedEvent[]): Promise<boolean> {
    if (this.#isClosed || this.#isDelivering) return false;
    this.#isDelivering = true;
    await this.#deliver(events);
    this.#isDelivering = false;
    if (this.#waiting.length > 0) void this.#run();
    return true;
  }

  /** What waits is dropped: whoever goes on asks for it again. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    this.#isDelivering = true;
    while (this.#waiting.length > 0) await this.#deliver(this.#next());
    this.#isDelivering = false;
  }

  /** Whole reads of the socket, as many as fit into a batch; a larger one is cut. */
  #next(): readonly ReceivedEvent[] {
    const waiting = this.#waiting;
    const first = waiting[0] ?? [];
    if (first.length > this.#maxBatch) {
      waiting[0] = first.slice(this.#maxBatch);
      return first.slice(0, this.#maxBatch);
    }
    let count = 1;
    let events = first.length;
    for (let next = waiting[1]; next !== undefined; next = waiting[count]) {
      if (events + next.length > this.#maxBatch) break;
      events += next.length;
      count += 1;
    }
    return count === 1 ? (waiting.shift() ?? []) : waiting.splice(0, count).flat();
  }
}
