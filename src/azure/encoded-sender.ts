// Sends messages as they are encoded, in batches, each to one place: what `dead-letters replay` needs. Nothing of them passes
// through the SDK's own events, which would change types and lose sections.

import type { EventHubProducerClient } from '@azure/event-hubs';
import { encodeBatch } from '../codec/encode-batch.ts';
import { WorkerError } from '../engine/errors.ts';
import type { Clock } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import { ClientFactory, namespaceHost } from './credentials.ts';
import type { EventHubAccess } from './credentials.ts';
import { eventHubError, isHealing } from './map-error.ts';
import { SdkBatchSender } from './sdk-batch.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

/** By the key's hash, or to the partition named. */
export type SendTarget = { readonly partitionKey: string } | { readonly partitionId: string };

/** `refused`: these messages, not the hub: others may be taken. */
export type SendOutcome = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly error: Error };

const sendTimeoutMs = 30_000;
const closeTimeoutMs = 5000;
/** The SDK would wait 30 s between two tries. */
const retryOptions = { maxRetries: 2, timeoutInMs: 10_000, retryDelayInMs: 500, maxRetryDelayInMs: 2000 };

export class EncodedSender {
  readonly #access: EventHubAccess;
  readonly #clock: Clock;
  readonly #producer: EventHubProducerClient;
  readonly #batches: SdkBatchSender;
  readonly #connection: ConnectionAccess;
  #maxBytes: number | undefined = undefined;

  private constructor(access: EventHubAccess, clock: Clock, producer: EventHubProducerClient) {
    this.#access = access;
    this.#clock = clock;
    this.#producer = producer;
    this.#connection = new ConnectionAccess(producer);
    this.#batches = new SdkBatchSender(producer);
  }

  /** Nothing connects before it is needed. */
  static async open(access: EventHubAccess, clock: Clock): Promise<EncodedSender> {
    const clients = await ClientFactory.create({ eventHub: access });
    return new EncodedSender(access, clock, clients.producer(access, retryOptions));
  }

  /** What one transfer may hold, as the hub says. Throws WorkerError. */
  async maxBytes(signal: AbortSignal): Promise<number> {
    this.#maxBytes ??= await this.#call(signal, async (abortSignal) => {
      const { maxSizeInBytes } = await this.#producer.createBatch({ abortSignal });
      return maxSizeInBytes;
    });
    return this.#maxBytes;
  }

  /**
   * Settles when the hub has all of them, or none. Throws WorkerError when the hub cannot be used now; after a timeout it may
   * have them all the same.
   */
  async sendBatch(
    messages: readonly Uint8Array[],
    target: SendTarget,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const key = 'partitionKey' in target ? target.partitionKey : undefined;
    return this.#send(encodeBatch(messages, key), 'batch', target, signal);
  }

  /** One message without a batch around it: for one that fits no batch. It goes by the partition key among its annotations. */
  async sendSingle(message: Uint8Array, target: SendTarget, signal: AbortSignal): Promise<SendOutcome> {
    return this.#send(Buffer.from(message), 'single', target, signal);
  }

  async close(): Promise<void> {
    await settleWithin(this.#clock, closeTimeoutMs, () => this.#producer.close());
    this.#connection.destroy();
  }

  async #send(
    transfer: Buffer,
    form: 'batch' | 'single',
    target: SendTarget,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const partitionId = 'partitionId' in target ? target.partitionId : undefined;
    try {
      await this.#call(signal, (abortSignal) => this.#batches.send(transfer, form, partitionId, abortSignal));
      return { kind: 'taken' };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { kind: 'refused', error };
    }
  }

  async #call<T>(signal: AbortSignal, run: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const wait = { operation: 'Sending to the event hub', timeoutMs: sendTimeoutMs, signal };
    try {
      return await withDeadline(this.#clock, wait, run);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { namespace, eventHub } = this.#access;
      const place = { host: namespaceHost(namespace), eventHub, consumerGroup: '', isHubKnown: false };
      throw eventHubError(thrown, place);
    }
  }
}

/** The hub answered, and would answer so again: too large, not decodable, no such partition. */
function isRefusal(error: unknown): error is WorkerError {
  return error instanceof WorkerError && error.code === 'EHW_EVENT_HUB_FAILED' && !isHealing(error.cause);
}
