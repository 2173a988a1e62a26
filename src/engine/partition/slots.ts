// Who may call the handler next: the worker's concurrency, shared fairly. Partitions with work take turns, one call each,
// so a hot partition cannot starve the others however much it has queued.

import { Fifo } from '../fifo.ts';
import type { Clock } from '../ports.ts';
import { Turn } from './turn.ts';

/** Between two looks at timers and sockets, as far as the handler lets us: a call that computes for longer is not cut. */
const turnMs = 20;

export interface SlotUser {
  /** Whether something waits for a turn, startable or not: asked after each call, so it reads no clock. */
  isWaiting(): boolean;
  /** Whether a handler call could start now; asked once before each. */
  hasWork(): boolean;
  /** Starts one call. It holds its slot until `release`, which may come before this returns. */
  runOne(): void;
}

interface Seat {
  readonly user: SlotUser;
  running: number;
  isQueued: boolean;
  hasLeft: boolean;
}

export interface SlotAccount {
  /** There is work: the user gets its turn. */
  wake(): void;
  /** One call ended. */
  release(): void;
  /** No more turns; calls that run still hold their slots. */
  leave(): void;
}

export class Slots {
  readonly #total: number;
  readonly #perUser: number;
  readonly #turns = new Fifo<Seat>();
  readonly #turn: Turn;
  #free: number;
  #isPumping = false;

  constructor(total: number, perUser: number, clock: Clock) {
    this.#total = total;
    this.#perUser = perUser;
    this.#free = total;
    this.#turn = new Turn(clock, turnMs, () => this.#pump());
  }

  /** Calls under way in the worker. */
  get running(): number {
    return this.#total - this.#free;
  }

  join(user: SlotUser): SlotAccount {
    const seat: Seat = { user, running: 0, isQueued: false, hasLeft: false };
    return {
      wake: () => {
        this.#queue(seat);
        this.#pump();
      },
      release: () => {
        seat.running -= 1;
        this.#free += 1;
        this.#queue(seat);
        this.#pump();
      },
      leave: () => {
        seat.hasLeft = true;
      },
    };
  }

  #queue(seat: Seat): void {
    if (seat.isQueued || seat.hasLeft || seat.running >= this.#perUser || !seat.user.isWaiting()) return;
    seat.isQueued = true;
    this.#turns.push(seat);
  }

  /** Not reentrant: a handler that returns at once releases its slot while this loop runs, and the loop goes on with it. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#free > 0 && this.#turns.length > 0 && this.#turn.hasTime()) {
        const seat = this.#turns.shift();
        if (seat === undefined) break;
        seat.isQueued = false;
        if (seat.hasLeft || !seat.user.hasWork()) continue;
        seat.running += 1;
        this.#free -= 1;
        seat.user.runOne();
        this.#queue(seat);
      }
    } finally {
      this.#isPumping = false;
    }
  }
}
