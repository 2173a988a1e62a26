// One subscription to one partition: hands batches to the listener and says once how it ended. Owns every promise of the
// SDK's subscription; nothing the listener does reaches the SDK, and nothing is delivered after close().

import type { ReceivedEventData, Subscription, SubscriptionEventHandlers } from '@azure/event-hubs';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import type { Clock, Link, LinkEnd, LinkListener, Random } from '../engine/ports.ts';
import { sleep } from '../engine/waiting.ts';
import { ArrivalQueue } from './arrival-queue.ts';
import type { ArrivedEvent } from './arrived-event.ts';
import { backOffMs } from './back-off.ts';
import type { BackOff } from './back-off.ts';
import type { LinkCredit } from './link-credit.ts';
import type { LinkTransfers } from './link-transfers.ts';
import { geoOffsetCondition, isFenced, isHealing, isInvalidPosition, isOffsetRefused } from './map-error.ts';
import type { PartitionEnd } from './partition-end.ts';
import { toReceivedEvent } from './received-event.ts';
import { afterSequenceNumber } from './rhea-connection.ts';
import type { Attached, AttachedReceiver, ReceiverRequest } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

/** `ended` and `closed` differ in who ended it: after `ended` the listener was told, after `closed` it will not be. */
type Phase = 'open' | 'ended' | 'closed';

export interface PartitionLinkOptions {
  readonly partitionId: string;
  /** Events handed over at once, at most. */
  readonly maxBatchSize: number;
  readonly listener: LinkListener;
  readonly credit: LinkCredit;
  readonly end: PartitionEnd;
  readonly clock: Clock;
  readonly random: Random;
  readonly backOff: BackOff;
  /** After what the peer should not have sent: it will send it again. */
  readonly breachBackOff: BackOff;
  readonly closeTimeoutMs: number;
  readonly mapError: (thrown: unknown) => WorkerError;
  /** The subscription is over or was left behind. */
  readonly onGone: (link: PartitionLink) => void;
}

export class PartitionLink implements Link {
  readonly #options: PartitionLinkOptions;
  readonly #over = new AbortController();
  readonly #detached = Promise.withResolvers<void>();
  readonly #queue: ArrivalQueue;
  #phase: Phase = 'open';
  #failures = 0;
  /** What the peer sent ended the link so often since the last event. */
  #breaches = 0;
  #attachAfterMs = 0;
  /** Undefined while the SDK receives. */
  #transfers: LinkTransfers | undefined;
  /** The last event that was taken over from the transfers; -1: none, the SDK knows where to begin. */
  #lastSequenceNumber = -1;
  #subscription: Subscription | undefined;
  #shutting: Promise<void> | undefined;
  #discard: (() => Promise<void>) | undefined;
  /** The link ended while nobody waited for events; a refused attach ends before anybody could listen for that. */
  #isDetached = false;

  constructor(options: PartitionLinkOptions) {
    this.#options = options;
    this.#queue = new ArrivalQueue(options.maxBatchSize, (events) => this.#deliver(events));
  }

  /** Begins; `subscribe` is the SDK's, with everything but the handlers filled in. False: refused, `ended` follows. */
  start(subscribe: (handlers: SubscriptionEventHandlers) => Subscription): boolean {
    try {
      this.#subscription = subscribe({
        processEvents: (events) => this.#receive(events),
        processError: (error) => this.#fail(error),
        // Skipped by the SDK when the detach fails, so that it is only the last of the ways to learn of an end.
        processClose: async () => this.end({ kind: 'died', error: this.#silentEnd() }),
      });
      return true;
    } catch (thrown) {
      // The SDK takes one subscription per partition. Told afterwards: the caller does not hold this link yet.
      queueMicrotask(() => this.end({ kind: 'died', error: this.#options.mapError(thrown) }));
      return false;
    }
  }

  /**
   * The SDK is about to attach a receiver, the first or another one. It has not seen the events that we took, and would begin
   * where it began before: where the link goes on is ours to say. By sequence number, as the SDK itself resumes: unlike an
   * offset it is understood everywhere.
   */
  async attaching(request: ReceiverRequest): Promise<void> {
    // What the former link still brings would come a second time.
    this.#transfers?.retire();
    this.#transfers = undefined;
    const { clock } = this.#options;
    const waitMs = this.#attachAfterMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(clock, waitMs, this.#over.signal);
    if (this.#lastSequenceNumber >= 0) request.source.filter = afterSequenceNumber(this.#lastSequenceNumber);
  }

  /**
   * The SDK attached a receiver for this subscription, the first or after a reconnect. When its link ends it is discarded:
   * left alone the SDK would attach the same receiver again and leave its token renewal running, one more each time.
   */
  attached({ receiver, take, discard }: Attached): void {
    this.#options.credit.attach(receiver, take === undefined ? 'sdk' : 'transfers');
    this.#transfers = take?.(this, this.#lastSequenceNumber);
    this.#discard = discard;
    this.#isDetached = false;
    receiver.on('receiver_close', () => {
      this.#isDetached = true;
    });
    // The SDK hears of a stolen link only while it waits for events: while the listener works it would drop the news,
    // attach again with the old generation and be refused. This listener hears of it at once.
    const listen = (): void => {
      const condition = conditionOf(receiver);
      if (condition === 'amqp:link:stolen') this.end({ kind: 'fenced' });
      if (condition === geoOffsetCondition) this.end({ kind: 'offset-refused' });
    };
    receiver.on('receiver_error', listen);
    // A refusal comes right behind the attach: it may be here already.
    listen();
  }

  /** Of the link that takes transfers: nothing here may throw, the call stack above is rhea's. */
  arrived(events: readonly ArrivedEvent[]): void {
    const last = events.at(-1);
    if (this.#phase !== 'open' || last === undefined) return;
    this.#lastSequenceNumber = last.sequenceNumber;
    this.#breaches = 0;
    this.#options.credit.arrived(events);
    this.#queue.push(events);
  }

  /** The link is attached again later, at the same event: skipping it would lose it. */
  withoutPosition(reason: string): void {
    const { partitionId } = this.#options;
    const last = this.#lastSequenceNumber;
    this.#noteBreach(new WorkerError('EHW_EVENT_WITHOUT_POSITION', { partitionId, last, reason }));
    void this.#discardReceiver();
  }

  /**
   * TCP is gone: a subscription that is being closed will hear of nothing more, although the SDK goes on waiting. `error`: it was
   * ended because of what the peer sent, of which the SDK says nothing to a link that is attached.
   */
  disconnected(error: WorkerError | undefined): void {
    if (this.#phase !== 'open') return this.#detached.resolve();
    if (error !== undefined && this.#discard !== undefined) this.#noteBreach(error);
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#queue.close();
    await this.#shut();
  }

  /** Tells the listener once and lets the subscription go: left alone, the SDK would start it again with its old generation. */
  end(end: LinkEnd): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ended';
    this.#queue.close();
    void this.#shut();
    try {
      this.#options.listener.ended(end);
    } catch {
      // The engine's contract; the SDK's call stack above must not see it.
    }
  }

  /** Called by the SDK: with events where it receives them, and with none while nothing came for a while. */
  async #receive(data: ReceivedEventData[]): Promise<void> {
    if (this.#phase !== 'open') return;
    this.#failures = 0;
    if (data.length > 0) this.#lastSequenceNumber = -1;
    await this.#queue.insert(data.map((one) => toReceivedEvent(one)));
    if (this.#isDetached) await this.#discardReceiver();
  }

  /** Must not reject: what the listener throws ends the link, which is opened again where the engine stands. */
  async #deliver(events: readonly ReceivedEvent[]): Promise<void> {
    const { credit, listener, end, mapError } = this.#options;
    let bytes = 0;
    for (const { sizeBytes } of events) bytes += sizeBytes;
    try {
      // Before the listener takes them, so that the queue fills again meanwhile and the next batch waits for nothing.
      credit.taken(events.length, bytes);
      await listener.receive({ events, end: end.sayWith(events) });
    } catch (thrown) {
      this.end({ kind: 'died', error: mapError(thrown) });
    }
  }

  #noteBreach(error: WorkerError): void {
    const { clock, random, breachBackOff, listener } = this.#options;
    this.#breaches += 1;
    this.#attachAfterMs = clock.monotonicMs() + backOffMs(breachBackOff, this.#breaches, random.next());
    try {
      listener.fault(error);
    } catch {
      // As in end().
    }
  }

  /** Awaited by the SDK before it goes on, which makes the back-off; must not reject. */
  async #fail(thrown: unknown): Promise<void> {
    if (this.#phase !== 'open') return;
    if (isFenced(thrown)) return this.end({ kind: 'fenced' });
    if (isOffsetRefused(thrown)) return this.end({ kind: 'offset-refused' });
    if (isInvalidPosition(thrown)) return this.end({ kind: 'invalid-position' });
    const error = this.#options.mapError(thrown);
    if (!isHealing(thrown)) return this.end({ kind: 'died', error });
    this.#failures += 1;
    const { listener, clock, random, backOff } = this.#options;
    try {
      listener.fault(error);
    } catch {
      // As in end().
    }
    await sleep(clock, backOffMs(backOff, this.#failures, random.next()), this.#over.signal);
    await this.#discardReceiver();
  }

  /** Called between two receives only: the SDK looks then whether it needs a new receiver. */
  async #discardReceiver(): Promise<void> {
    const discard = this.#discard;
    if (discard === undefined || this.#phase !== 'open') return;
    this.#discard = undefined;
    const { clock, closeTimeoutMs } = this.#options;
    await Promise.race([settleWithin(clock, closeTimeoutMs, discard), this.#detached.promise]);
  }

  /** Ends the subscription, or leaves it behind at the deadline: the SDK's close can wait for ever (#34731). */
  #shut(): Promise<void> {
    this.#shutting ??= this.#unsubscribe();
    return this.#shutting;
  }

  async #unsubscribe(): Promise<void> {
    this.#over.abort();
    const { clock, closeTimeoutMs, onGone } = this.#options;
    const subscription = this.#subscription;
    if (subscription !== undefined) {
      const closing = settleWithin(clock, closeTimeoutMs, () => subscription.close());
      await Promise.race([closing, this.#detached.promise]);
    }
    onGone(this);
  }

  #silentEnd(): Error {
    return new WorkerError('EHW_EVENT_HUB_FAILED', { reason: 'the link ended without saying why' });
  }
}

function conditionOf(receiver: AttachedReceiver): string {
  const error: unknown = Reflect.get(receiver['_link'], 'error');
  const condition: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'condition') : undefined;
  return typeof condition === 'string' ? condition : reasonOf(error);
}
