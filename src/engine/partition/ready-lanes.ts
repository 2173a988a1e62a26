// The lanes that are free to run, the one with the oldest waiting event first: so the watermark, and with it the lag that
// scaling looks at, follows the work.
//
// Lanes that become ready by an arrival come in ascending order by themselves, which costs nothing; only lanes that come back
// after a call need the heap.

import { Fifo } from '../fifo.ts';
import type { Lane } from './lane.ts';

export class ReadyLanes {
  readonly #arrived = new Fifo<Lane>();
  /** A binary heap: no lane's oldest event is older than that of its parent at half its index. */
  readonly #returned: Lane[] = [];

  get length(): number {
    return this.#arrived.length + this.#returned.length;
  }

  /** The lane was empty and got an event newer than all before. */
  arrive(lane: Lane): void {
    this.#arrived.push(lane);
  }

  /** The lane was busy and has events waiting. */
  comeBack(lane: Lane): void {
    const heap = this.#returned;
    let index = heap.length;
    heap.push(lane);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.oldest <= lane.oldest) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = lane;
  }

  takeOldest(): Lane | undefined {
    const arrived = this.#arrived.peek();
    const returned = this.#returned[0];
    if (returned === undefined) return this.#arrived.shift();
    if (arrived !== undefined && arrived.oldest < returned.oldest) return this.#arrived.shift();
    this.#removeTop();
    return returned;
  }

  clear(): void {
    this.#arrived.clear();
    this.#returned.length = 0;
  }

  #removeTop(): void {
    const heap = this.#returned;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const one = heap[left];
      if (one === undefined) break;
      const other = heap[left + 1];
      const isRight = other !== undefined && other.oldest < one.oldest;
      const child = isRight ? other : one;
      if (last.oldest <= child.oldest) break;
      heap[index] = child;
      index = isRight ? left + 1 : left;
    }
    heap[index] = last;
  }
}
