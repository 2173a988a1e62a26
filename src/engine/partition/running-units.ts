// The units whose handler calls are under way, in no order: each knows its place, so that adding and removing cost the same
// however many run.
//
// An array and not a Set: a Set that is filled and emptied all the time is rebuilt every few events, and each table it leaves
// behind keeps what it held at that moment and points to the next one. As soon as one of them has grown old, the garbage
// collector's quick rounds keep all that follow, and with them most finished events (measured with 1 KB events: 180 MB of
// 290 MB promoted, 2.6 us of CPU per event).

import type { Unit } from '../handling/unit.ts';

export class RunningUnits {
  readonly #units: Unit[] = [];

  get size(): number {
    return this.#units.length;
  }

  add(unit: Unit): void {
    unit.place = this.#units.length;
    this.#units.push(unit);
  }

  /** The unit is one that was added and not removed since. */
  remove(unit: Unit): void {
    const last = this.#units.pop();
    if (last === undefined || last === unit) return;
    this.#units[unit.place] = last;
    last.place = unit.place;
  }

  [Symbol.iterator](): Iterator<Unit> {
    return this.#units[Symbol.iterator]();
  }
}
