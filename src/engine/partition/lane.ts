// Events that must run one after another.

import type { Unit } from '../handling/unit.ts';
import type { InFlight } from './in-flight.ts';

export class Lane {
  /** Undefined: a lane of its own for one event. */
  readonly key: string | undefined;
  #first: InFlight | undefined;
  #last: InFlight | undefined;
  #length = 0;
  /** Locked: an event of it is with the handler, waits for a retry or for its dead letter, or sits in a batch. */
  isBusy = false;
  /** Parts of a split batch that hold events of this lane behind those of the part that runs; undefined: none. */
  #parts: Unit[] | undefined;

  constructor(key: string | undefined) {
    this.key = key;
  }

  /** Events that wait in it. */
  get length(): number {
    return this.#length;
  }

  /** The sequence number of the event that waits longest; infinite when none waits. */
  get oldest(): number {
    return this.#first?.sequenceNumber ?? Number.POSITIVE_INFINITY;
  }

  push(item: InFlight): void {
    item.lane = this;
    if (this.#last === undefined) this.#first = item;
    else this.#last.behind = item;
    this.#last = item;
    this.#length += 1;
  }

  shift(): InFlight | undefined {
    const item = this.#first;
    if (item === undefined) return undefined;
    this.#first = item.behind;
    if (item.behind === undefined) this.#last = undefined;
    item.behind = undefined;
    this.#length -= 1;
    return item;
  }

  /** These parts, in this order, come after the one that holds the lane and before those that wait already. */
  queueParts(parts: readonly Unit[]): void {
    this.#parts = [...parts, ...(this.#parts ?? [])];
  }

  /** The part whose turn in this lane it is now; undefined: the batch is done with the lane. */
  nextPart(): Unit | undefined {
    return this.#parts?.shift();
  }
}
