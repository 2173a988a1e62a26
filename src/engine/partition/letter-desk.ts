// Stores dead letters beside the handler's work: a letter that waits for the store holds its lane and nothing else, so that
// a store that is down keeps no healthy event from being handled.

import { Fifo } from '../fifo.ts';
import type { Unit, UnitEnd } from '../handling/unit.ts';

export interface LetterDeskOptions {
  /** Stores the unit's letter. Never rejects. */
  readonly put: (unit: Unit) => Promise<UnitEnd>;
  /** Whether a letter may be written right now. */
  readonly mayStart: () => boolean;
  readonly ended: (unit: Unit, end: UnitEnd) => void;
}

/** Letters of one partition under way at a time. A store answers in some milliseconds: hundreds of letters a second. */
const maxUnderWay = 8;

export class LetterDesk {
  readonly #options: LetterDeskOptions;
  readonly #waiting = new Fifo<Unit>();
  #underWay = 0;

  constructor(options: LetterDeskOptions) {
    this.#options = options;
  }

  /** Letters being written at this moment. */
  get underWay(): number {
    return this.#underWay;
  }

  add(unit: Unit): void {
    this.#waiting.push(unit);
    this.wake();
  }

  /** Something changed that may let letters go. */
  wake(): void {
    while (this.#underWay < maxUnderWay && this.#waiting.length > 0 && this.#options.mayStart()) {
      const unit = this.#waiting.shift();
      if (unit === undefined) return;
      this.#underWay += 1;
      void this.#options.put(unit).then((end) => {
        this.#underWay -= 1;
        this.#options.ended(unit, end);
        this.wake();
      });
    }
  }

  clear(): void {
    this.#waiting.clear();
  }
}
