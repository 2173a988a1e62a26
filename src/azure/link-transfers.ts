// The transfers of one link, as they come: puts events of several frames together, keeps the books that rhea would keep, and
// gives what arrived in one read of the socket to the link at once.
// Source: AMQP 1.0 part 2.6.7 (flow control), 2.6.12 (settling), 2.7.5 (transfer).

import type { TransferFrame } from '../codec/transfer-frame.ts';
import { WorkerError } from '../engine/errors.ts';
import { ArrivedEvent } from './arrived-event.ts';
import type { EventSlab } from './event-slab.ts';
import type { ReceivingLink } from './rhea-connection.ts';

/** What the owner of a link does with its events. Must not throw. */
export interface Arrivals {
  /** At most once for each read of the socket, never without events. */
  arrived(events: readonly ArrivedEvent[]): void;
  /** An event without a position came; it and all after it are ignored on this link. */
  withoutPosition(reason: string): void;
}

interface Unfinished {
  readonly deliveryId: number;
  readonly parts: Buffer[];
  bytes: number;
  isSettled: boolean;
}

/** Above what any tier of the service stores (20 MB, Dedicated), for links that announce nothing larger. */
const minBoundBytes = 32 * 1024 * 1024;
const maxBoundBytes = 128 * 1024 * 1024;
/** What a frame costs beside its payload, so that a million frames of a byte each meet the bound as well. */
const frameCostBytes = 128;
const noDelivery = -1;

export class LinkTransfers {
  readonly link: ReceivingLink;
  /** Something was taken since the last flush. */
  isTouched = false;
  readonly #arrivals: Arrivals;
  readonly #slab: EventSlab;
  readonly #maxEventBytes: number;
  #events: ArrivedEvent[] = [];
  #unfinished: Unfinished | undefined;
  #nextDeliveryId = noDelivery;
  /** The range of deliveries that wait to be settled. */
  #firstUnsettled = noDelivery;
  #lastUnsettled = noDelivery;
  #lastSequenceNumber: number;
  #isRetired = false;

  /** `lastSequenceNumber`: of the event before the first one asked for, -1 when that is not known. */
  constructor(link: ReceivingLink, slab: EventSlab, arrivals: Arrivals, lastSequenceNumber: number) {
    this.link = link;
    this.#slab = slab;
    this.#arrivals = arrivals;
    this.#lastSequenceNumber = lastSequenceNumber;
    this.#maxEventBytes = Math.min(Math.max(link.maxMessageBytes, minBoundBytes), maxBoundBytes);
  }

  /** Another link has taken over: what still comes is counted, and dropped. */
  retire(): void {
    this.#isRetired = true;
    this.#unfinished?.parts.splice(0);
    this.#events = [];
  }

  /** Takes one transfer of this link; its frame ends at `to`. Throws WorkerError when the peer broke the protocol. */
  take(frame: TransferFrame, bytes: Buffer, to: number): void {
    this.isTouched = true;
    this.link.noteTransfer();
    const unfinished = this.#unfinished;
    if (unfinished === undefined) this.#begin(frame);
    else if (frame.deliveryId !== noDelivery && frame.deliveryId !== unfinished.deliveryId) {
      throw broken(`delivery ${frame.deliveryId} before the end of ${unfinished.deliveryId}`);
    }
    if (frame.isAborted) {
      this.#unfinished = undefined;
      this.link.noteDelivery(this.#nextDeliveryId);
      return;
    }
    if (unfinished !== undefined || frame.hasMore) return this.#join(unfinished, frame, bytes, to);
    this.#slab.keep(bytes, frame.payload, to);
    this.#complete(frame.isSettled, this.#slab.bytes, this.#slab.from, this.#slab.to);
  }

  /** After each read of the socket in which something was taken. */
  flush(): void {
    this.isTouched = false;
    this.#settle();
    this.link.renewWindow();
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#arrivals.arrived(events);
  }

  /** Ids follow each other in a session, which is this link's alone; a gap means that something was lost on the way. */
  #begin(frame: TransferFrame): void {
    const { deliveryId } = frame;
    if (deliveryId === noDelivery) throw broken('a transfer without a delivery id');
    if (this.#nextDeliveryId !== noDelivery && deliveryId !== this.#nextDeliveryId) {
      throw broken(`delivery ${deliveryId} instead of ${this.#nextDeliveryId}`);
    }
    this.#nextDeliveryId = (deliveryId + 1) >>> 0;
  }

  #join(unfinished: Unfinished | undefined, frame: TransferFrame, bytes: Buffer, to: number): void {
    const { deliveryId, payload } = frame;
    const delivery = unfinished ?? { deliveryId, parts: [], bytes: 0, isSettled: false };
    this.#unfinished = delivery;
    // Said in any of its frames it holds for the delivery.
    delivery.isSettled ||= frame.isSettled;
    delivery.bytes += to - payload + frameCostBytes;
    if (delivery.bytes > this.#maxEventBytes) {
      throw broken(`an event of more than ${this.#maxEventBytes} bytes`);
    }
    if (!this.#isRetired && to > payload) delivery.parts.push(bytes.subarray(payload, to));
    if (frame.hasMore) return;
    this.#unfinished = undefined;
    const whole = Buffer.concat(delivery.parts);
    this.#complete(delivery.isSettled, whole, 0, whole.length);
  }

  #complete(isSettled: boolean, bytes: Buffer, from: number, to: number): void {
    this.link.noteDelivery(this.#nextDeliveryId);
    if (!isSettled) this.#noteUnsettled((this.#nextDeliveryId - 1) >>> 0);
    if (this.#isRetired) return;
    const event = ArrivedEvent.read(bytes, from, to, this.#lastSequenceNumber);
    if (event !== undefined) {
      this.#lastSequenceNumber = event.sequenceNumber;
      this.#events.push(event);
      return;
    }
    const events = this.#events;
    this.retire();
    if (events.length > 0) this.#arrivals.arrived(events);
    this.#arrivals.withoutPosition(`${to - from} bytes`);
  }

  #noteUnsettled(deliveryId: number): void {
    // Settled ones lie between: a range must not claim what was not there.
    if (this.#firstUnsettled !== noDelivery && deliveryId !== (this.#lastUnsettled + 1) >>> 0) this.#settle();
    if (this.#firstUnsettled === noDelivery) this.#firstUnsettled = deliveryId;
    this.#lastUnsettled = deliveryId;
  }

  #settle(): void {
    if (this.#firstUnsettled === noDelivery) return;
    this.link.accept(this.#firstUnsettled, this.#lastUnsettled);
    this.#firstUnsettled = noDelivery;
  }
}

function broken(what: string): WorkerError {
  return new WorkerError('EHW_CONNECTION_PROTOCOL', { reason: `it sent ${what}` });
}
