// How many events a link may have queued and on their way: bounded in events and in bytes. Pure bookkeeping; link-credit.ts
// carries it out. The SDK only ever adds credit and so buffers without bound (azure-sdk-for-js #39452).

export interface CreditLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** A new link starts with so many events: at the service's 1 MB limit that is what one socket buffers anyway. */
const firstEvents = 64;
/** Weight of one event in the running mean of sizes: follows a change of load within some twenty events. */
const meanWeight = 1 / 16;

export class CreditWindow {
  readonly #limits: CreditLimits;
  #allowedEvents: number;
  #queuedEvents = 0;
  #queuedBytes = 0;
  #meanBytes = 0;

  constructor(limits: CreditLimits) {
    this.#limits = limits;
    this.#allowedEvents = Math.min(firstEvents, limits.maxEvents);
  }

  /** Bytes that arrived and were not taken yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** An event arrived. True when the bytes now exceed the bound: take outstanding credit back. */
  arrived(bytes: number): boolean {
    this.#queuedEvents += 1;
    this.#queuedBytes += bytes;
    this.#meanBytes += this.#meanBytes === 0 ? bytes : (bytes - this.#meanBytes) * meanWeight;
    return this.#queuedBytes > this.#limits.maxBytes;
  }

  /** Events left the queue for the engine. The window opens with every batch that was taken (slow start). */
  taken(events: number, bytes: number): void {
    this.#queuedEvents = Math.max(0, this.#queuedEvents - events);
    this.#queuedBytes = this.#queuedEvents === 0 ? 0 : Math.max(0, this.#queuedBytes - bytes);
    this.#allowedEvents = Math.min(this.#limits.maxEvents, this.#allowedEvents + events);
  }

  /** The SDK said how long its queue is: after a reconnect it starts with a new one. */
  queueIs(events: number): void {
    if (events === this.#queuedEvents) return;
    this.#queuedEvents = events;
    this.#queuedBytes = Math.round(events * this.#meanBytes);
  }

  /** Credit the link should have outstanding now. An empty queue always gets one, however large events are. */
  get credit(): number {
    const byBytes =
      this.#meanBytes === 0
        ? this.#limits.maxEvents
        : Math.floor((this.#limits.maxBytes - this.#queuedBytes) / this.#meanBytes);
    const byEvents = this.#allowedEvents - this.#queuedEvents;
    return Math.max(this.#queuedEvents === 0 ? 1 : 0, Math.min(byBytes, byEvents));
  }
}
