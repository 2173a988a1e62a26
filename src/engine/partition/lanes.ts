// The lanes of one partition: events that must run one after another wait in one lane; lanes run side by side.

import type { InFlight } from './in-flight.ts';
import { Lane } from './lane.ts';
import { ReadyLanes } from './ready-lanes.ts';

export class Lanes {
  readonly #byKey = new Map<string, Lane>();
  readonly #ready = new ReadyLanes();
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

  /** Queues an event in the lane of its key; without a key in a lane of its own. Events come in ascending order. */
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
    this.#ready.arrive(lane);
    this.#readyEvents += 1;
  }

  /** Locks the lane with the oldest event and takes that event. */
  takeOne(): InFlight | undefined {
    const lane = this.#ready.takeOldest();
    const item = lane?.shift();
    if (lane === undefined || item === undefined) return undefined;
    lane.isBusy = true;
    this.#readyEvents -= 1 + lane.length;
    return item;
  }

  /** Locks lanes and takes their events, each lane's in order, up to `maxEvents`. */
  takeBatch(maxEvents: number): InFlight[] {
    const items: InFlight[] = [];
    while (items.length < maxEvents) {
      const lane = this.#ready.takeOldest();
      if (lane === undefined) break;
      lane.isBusy = true;
      while (items.length < maxEvents) {
        const item = lane.shift();
        if (item === undefined) break;
        items.push(item);
        this.#readyEvents -= 1;
      }
      this.#readyEvents -= lane.length;
    }
    return items;
  }

  /** Unlocks a lane: it is ready again, or goes when it is empty. */
  release(lane: Lane): void {
    lane.isBusy = false;
    if (lane.length > 0) {
      this.#ready.comeBack(lane);
      this.#readyEvents += lane.length;
    } else if (lane.key !== undefined) this.#byKey.delete(lane.key);
  }

  clear(): void {
    this.#byKey.clear();
    this.#ready.clear();
    this.#readyEvents = 0;
  }
}
