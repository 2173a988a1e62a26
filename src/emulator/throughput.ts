/**
 * The limits of purchased throughput units, as budgets that refill with time (pure but for the clock).
 * Honoured: one unit lets in 1 MB/s or 1,000 events/s, whichever comes first, and out 2 MB/s or 4,096 events/s; ingress
 *   above it is refused with server-busy, egress above it only waits.
 * Not honoured: the accounting of Azure's own window; here a budget holds at most one second's worth.
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-scalability ;
 *   https://learn.microsoft.com/azure/event-hubs/event-hubs-faq ("Egress doesn't produce throttling exceptions").
 */

const INGRESS_PER_UNIT = { bytes: 1_000_000, events: 1000 };
const EGRESS_PER_UNIT = { bytes: 2_000_000, events: 4096 };

export class Throughput {
  readonly #ingress: Budget | undefined;
  readonly #egress: Budget | undefined;

  /** Undefined units: no limit. */
  constructor(units: number | undefined, now: () => number) {
    if (units === undefined) return;
    this.#ingress = new Budget(INGRESS_PER_UNIT, units, now);
    this.#egress = new Budget(EGRESS_PER_UNIT, units, now);
  }

  /** Takes a whole batch or nothing. */
  takeIngress(events: number, bytes: number): boolean {
    return this.#ingress === undefined || this.#ingress.take(events, bytes) === 0;
  }

  /** 0 when taken, else the milliseconds after which to ask again. */
  takeEgress(bytes: number): number {
    return this.#egress?.take(1, bytes) ?? 0;
  }
}

class Budget {
  readonly #perSecond: { readonly bytes: number; readonly events: number };
  readonly #now: () => number;
  #bytes: number;
  #events: number;
  #filledAtMs: number;

  constructor(perUnit: { bytes: number; events: number }, units: number, now: () => number) {
    this.#perSecond = { bytes: perUnit.bytes * units, events: perUnit.events * units };
    this.#now = now;
    this.#bytes = this.#perSecond.bytes;
    this.#events = this.#perSecond.events;
    this.#filledAtMs = now();
  }

  /** A single batch above a second's worth passes when the budget is full: it could never pass otherwise. */
  take(events: number, bytes: number): number {
    this.#refill();
    const missingBytes = Math.min(bytes, this.#perSecond.bytes) - this.#bytes;
    const missingEvents = Math.min(events, this.#perSecond.events) - this.#events;
    if (missingBytes <= 0 && missingEvents <= 0) {
      this.#bytes -= bytes;
      this.#events -= events;
      return 0;
    }
    const seconds = Math.max(missingBytes / this.#perSecond.bytes, missingEvents / this.#perSecond.events);
    return Math.max(1, Math.ceil(seconds * 1000));
  }

  #refill(): void {
    const nowMs = this.#now();
    const seconds = Math.max(0, nowMs - this.#filledAtMs) / 1000;
    this.#filledAtMs = nowMs;
    this.#bytes = Math.min(this.#perSecond.bytes, this.#bytes + this.#perSecond.bytes * seconds);
    this.#events = Math.min(this.#perSecond.events, this.#events + this.#perSecond.events * seconds);
  }
}
