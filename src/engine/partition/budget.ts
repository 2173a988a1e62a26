// The memory bound of one worker (G7): events taken in and not yet finished, and the bytes of their bodies.
//
// Half of it is divided evenly among the partitions and nobody can take a partition's part; the other half is common. So a
// partition whose handler is stuck can use up the common half and its own part, but never what the others need to go on.

import type { BudgetSettings } from '../settings.ts';

interface Load {
  events: number;
  bytes: number;
}

export interface BudgetAccount {
  readonly events: number;
  readonly bytes: number;
  take(bytes: number): void;
  give(bytes: number): void;
  /** Whether one more event may be taken. An empty account always may, so that one huge event cannot block for ever. */
  hasRoom(): boolean;
  /** Calls back once as soon as `hasRoom` may be true again; the last one asked for counts. */
  whenRoom(callback: () => void): void;
  /** Gives everything back. */
  close(): void;
}

interface Account extends Load {
  wake: (() => void) | undefined;
}

export class Budget {
  readonly #settings: BudgetSettings;
  readonly #accounts = new Set<Account>();
  readonly #total: Load = { events: 0, bytes: 0 };
  /** What accounts use beyond their own parts. */
  readonly #common: Load = { events: 0, bytes: 0 };
  #part: Load = { events: 0, bytes: 0 };

  constructor(settings: BudgetSettings) {
    this.#settings = settings;
  }

  get events(): number {
    return this.#total.events;
  }

  get bytes(): number {
    return this.#total.bytes;
  }

  open(): BudgetAccount {
    const account: Account = { events: 0, bytes: 0, wake: undefined };
    this.#accounts.add(account);
    this.#divide();
    return {
      get events() {
        return account.events;
      },
      get bytes() {
        return account.bytes;
      },
      take: (bytes) => this.#change(account, 1, bytes),
      give: (bytes) => {
        this.#change(account, -1, -bytes);
        this.#wakeAll();
      },
      hasRoom: () => this.#hasRoom(account),
      whenRoom: (callback) => {
        account.wake = callback;
      },
      close: () => {
        this.#change(account, -account.events, -account.bytes);
        this.#accounts.delete(account);
        account.wake?.();
        account.wake = undefined;
        this.#divide();
        this.#wakeAll();
      },
    };
  }

  #hasRoom(account: Account): boolean {
    if (account.events === 0) return true;
    if (account.events < this.#part.events && account.bytes < this.#part.bytes) return true;
    const { maxInFlightEvents, maxBufferedBytes } = this.#settings;
    return this.#common.events < maxInFlightEvents / 2 && this.#common.bytes < maxBufferedBytes / 2;
  }

  #change(account: Account, events: number, bytes: number): void {
    this.#common.events -= Math.max(0, account.events - this.#part.events);
    this.#common.bytes -= Math.max(0, account.bytes - this.#part.bytes);
    account.events += events;
    account.bytes += bytes;
    this.#total.events += events;
    this.#total.bytes += bytes;
    this.#common.events += Math.max(0, account.events - this.#part.events);
    this.#common.bytes += Math.max(0, account.bytes - this.#part.bytes);
  }

  #divide(): void {
    const count = Math.max(1, this.#accounts.size);
    this.#part = {
      events: Math.max(1, Math.floor(this.#settings.maxInFlightEvents / 2 / count)),
      bytes: Math.max(1, Math.floor(this.#settings.maxBufferedBytes / 2 / count)),
    };
    this.#common.events = 0;
    this.#common.bytes = 0;
    for (const account of this.#accounts) {
      this.#common.events += Math.max(0, account.events - this.#part.events);
      this.#common.bytes += Math.max(0, account.bytes - this.#part.bytes);
    }
  }

  #wakeAll(): void {
    for (const account of this.#accounts) {
      if (account.wake === undefined || !this.#hasRoom(account)) continue;
      const { wake } = account;
      account.wake = undefined;
      wake();
    }
  }
}
