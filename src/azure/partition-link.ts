// One subscription to one partition: hands batches to the listener and says once how it ended. Owns every promise of the
// SDK's subscription; nothing the listener does reaches the SDK, and nothing is delivered after close().

import type { ReceivedEventData, Subscription, SubscriptionEventHandlers } from '@azure/event-hubs';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import type { Clock, Link, LinkEnd, LinkListener, Random } from '../engine/ports.ts';
import { sleep } from '../engine/waiting.ts';
import { backOffMs } from './back-off.ts';
import type { BackOff } from './back-off.ts';
import type { LinkCredit } from './link-credit.ts';
import { isFenced, isHealing, isInvalidPosition } from './map-error.ts';
import type { PartitionEnd } from './partition-end.ts';
import { toReceivedEvent } from './received-event.ts';
import type { AttachedReceiver } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

/** `ended` and `closed` differ in who ended it: after `ended` the listener was told, after `closed` it will not be. */
type Phase = 'open' | 'ended' | 'closed';

export interface PartitionLinkOptions {
  readonly listener: LinkListener;
  readonly credit: LinkCredit;
  readonly end: PartitionEnd;
  readonly clock: Clock;
  readonly random: Random;
  readonly backOff: BackOff;
  readonly closeTimeoutMs: number;
  readonly mapError: (thrown: unknown) => WorkerError;
  /** The subscription is over or was left behind. */
  readonly onGone: (link: PartitionLink) => void;
}

export class PartitionLink implements Link {
  readonly #options: PartitionLinkOptions;
  readonly #over = new AbortController();
  readonly #detached = Promise.withResolvers<void>();
  #phase: Phase = 'open';
  #failures = 0;
  #subscription: Subscription | undefined;
  #shutting: Promise<void> | undefined;
  #discard: (() => Promise<void>) | undefined;
  /** The link ended while nobody waited for events; a refused attach ends before anybody could listen for that. */
  #isDetached = false;

  constructor(options: PartitionLinkOptions) {
    this.#options = options;
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
   * The SDK attached a receiver for this subscription, the first or after a reconnect. When its link ends it is discarded:
   * left alone the SDK would attach the same receiver again and leave its token renewal running, one more each time.
   */
  attached(receiver: AttachedReceiver, discard: () => Promise<void>): void {
    this.#options.credit.attach(receiver);
    this.#discard = discard;
    this.#isDetached = false;
    receiver.on('receiver_close', () => {
      this.#isDetached = true;
    });
    // The SDK hears of a stolen link only while it waits for events: while the listener works it would drop the news,
    // attach again with the old generation and be refused. This listener hears of it at once.
    receiver.on('receiver_error', () => {
      if (conditionOf(receiver) === 'amqp:link:stolen') this.end({ kind: 'fenced' });
    });
  }

  /** TCP is gone: a subscription that is being closed will hear of nothing more, although the SDK goes on waiting. */
  disconnected(): void {
    if (this.#phase !== 'open') this.#detached.resolve();
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    await this.#shut();
  }

  /** Tells the listener once and lets the subscription go: left alone, the SDK would start it again with its old generation. */
  end(end: LinkEnd): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ended';
    void this.#shut();
    try {
      this.#options.listener.ended(end);
    } catch {
      // The engine's contract; the SDK's call stack above must not see it.
    }
  }

  async #receive(data: ReceivedEventData[]): Promise<void> {
    if (this.#phase !== 'open') return;
    this.#failures = 0;
    const events: ReceivedEvent[] = [];
    let bytes = 0;
    for (const one of data) {
      const event = toReceivedEvent(one);
      bytes += event.sizeBytes;
      events.push(event);
    }
    // Before the listener takes them, so that the queue fills again meanwhile and the next batch waits for nothing.
    this.#options.credit.taken(events.length, bytes);
    try {
      await this.#options.listener.receive({ events, end: this.#options.end.sayWith(events) });
    } catch (thrown) {
      // Going on would skip this batch; a link that ends is opened again where the engine stands.
      this.end({ kind: 'died', error: this.#options.mapError(thrown) });
    }
    if (this.#isDetached) await this.#discardReceiver();
  }

  /** Awaited by the SDK before it goes on, which makes the back-off; must not reject. */
  async #fail(thrown: unknown): Promise<void> {
    if (this.#phase !== 'open') return;
    if (isFenced(thrown)) return this.end({ kind: 'fenced' });
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
