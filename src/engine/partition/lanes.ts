// The lanes of one partition: events that must run one after another wait in one lane; lanes run side by side.

import { Fifo } from '../fifo.ts';
import type { InFlight } from './in-flight.ts';

export class Lane {
  /** Undefined: a lane of its own for one event. */
  readonly key: string | undefined;
  #first: InFlight | undefined;
  #last: InFlight | undefined;
  #length = 0;
  /** Locked: an event of it is with the handler, waits for a retry, or sits in a batch. */
  isBusy = false;

  constructor(key: string | undefined) {
    this.key = key;
  }

  /** Events that wait in it. */
  get length(): number {
    return this.#length;
  }

  push(item: InFlight): void {
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
}

export class Lanes {
  readonly #byKey = new Map<string, Lane>();
  readonly #ready = new Fifo<Lane>();
  #readyEvents = 0;

  /** Events that wait in lanes which are free to run; the size of the batch that could be taken now. */
  get readyEvents(): number {
    return this.#readyEvents;
  }

  /** Keys that have something waiting or running. */
  get laneCount(): number {
    return this.#byKey.size;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Queues an event in the lane of its key; without a key in a lane of its own. */
  add(item: InFlight, key: string | undefined): void {
    const known = key === undefined ? undefined : this.#byKey.get(key);
    if (known !== undefined) {
      known.push(item);
      if (!known.isBusy) this.#readyEvents += 1;
      return;
    }
    const lane = new Lane(key);
    lane.push(item);
    if (key !== undefined) this.#byKey.set(key, lane);
    this.#ready.push(lane);
    this.#readyEvents += 1;
  }

  /** Locks the lane that has waited longest and takes its first event. */
  takeOne(): { readonly lane: Lane; readonly item: InFlight } | undefined {
    const lane = this.#ready.shift();
    const item = lane?.shift();
    if (lane === undefined || item === undefined) return undefined;
    lane.isBusy = true;
    this.#readyEvents -= 1 + lane.length;
    return { lane, item };
  }

  /** Locks lanes and takes their events, each lane's in order, up to `maxEvents`. */
  takeBatch(maxEvents: number): { readonly lanes: Lane[]; readonly items: InFlight[] } {
    const lanes: Lane[] = [];
    const items: InFlight[] = [];
    while (items.length < maxEvents) {
      const lane = this.#ready.shift();
      if (lane === undefined) break;
      lane.isBusy = true;
      lanes.push(lane);
      while (items.length < maxEvents) {
        const item = lane.shift();
        if (item === undefined) break;
        items.push(item);
        this.#readyEvents -= 1;
      }
      this.#readyEvents -= lane.length;
    }
    return { lanes, items };
  }

  /** Unlocks a lane: it queues up behind the others, or goes when it is empty. */
  release(lane: Lane): void {
    lane.isBusy = false;
    if (lane.length > 0) {
      this.#ready.push(lane);
      this.#readyEvents += lane.length;
    } else if (lane.key !== undefined) this.#byKey.delete(lane.key);
  }

  clear(): void {
    this.#byKey.clear();
    this.#ready.clear();
    this.#readyEvents = 0;
  }
}
