/**
 * A link on which a publisher sends to a hub or to one partition.
 * Honoured: target `<hub>` (round robin, or the partition key's hash), `<hub>/Partitions/<id>` and `<hub>/Publishers/<name>`
 *   (the name is the partition key, and an annotation of each event); single messages and batches (message-format 0x80013700), a batch goes to one partition as a whole; acceptance after the events are
 *   readable; 1 MB limit: rejected with amqp:link:message-size-exceeded (a detach would leave the SDKs waiting for a
 *   time-out); a message that cannot be read is rejected with amqp:decode-error; above the throughput units: rejected
 *   with server-busy.
 * Not honoured: idempotent publishing (the link attaches, without its properties).
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventHubSender.js:300-420; go azeventhubs producer_client.go;
 *   https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas (event size 1 MB); Azure/azure-sdk-for-js
 *   event-hubs test/public/sender.spec.ts "large message" (MessageTooLargeError at once).
 */
import type { FaultTarget } from '../faults.ts';
import type { Hub } from '../hubs/hub.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { NamespaceState } from './namespace-state.ts';
import {
  keyOfAnotherPublisher,
  malformedMessage,
  messageTooLarge,
  notKept,
  partitionOutOfRange,
  serverBusy,
} from './condition.ts';
import { readIncoming } from './event-encoding.ts';
import type { IncomingMessage } from './event-encoding.ts';
import { accept, reject } from './rhea.ts';
import type { AmqpDelivery, AmqpError, AmqpReceiver } from './rhea.ts';

export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Messages a publisher may have under way, as the service grants. */
export const PUBLISHER_CREDIT = 300;

export interface PublisherLinkOptions {
  readonly receiver: AmqpReceiver;
  readonly hubName: string;
  /** Undefined: the hub chooses. */
  readonly partitionId: string | undefined;
  /** Undefined: the address names none. */
  readonly publisher: string | undefined;
  readonly target: FaultTarget;
  readonly state: NamespaceState;
  readonly cut: () => void;
}

export class PublisherLink {
  readonly receiver: AmqpReceiver;
  readonly #options: PublisherLinkOptions;
  readonly #state: NamespaceState;
  /** Deliveries held back by a fault must not be overtaken: a publisher's order is kept. */
  #behind: Promise<void> | undefined;

  constructor(options: PublisherLinkOptions) {
    this.receiver = options.receiver;
    this.#options = options;
    this.#state = options.state;
  }

  onTransfer(bytes: Buffer, delivery: AmqpDelivery): void {
    if (bytes.length > MAX_MESSAGE_BYTES) {
      return reject(delivery, messageTooLarge(delivery.id, bytes.length, MAX_MESSAGE_BYTES));
    }
    const verdict = this.#state.faults.judge('send', this.#options.target);
    if (verdict.outcome === 'cut') return this.#options.cut();
    const { outcome } = verdict;
    if (outcome === 'silence') return;
    const settle = (): void => {
      if (outcome === 'proceed') this.#store(bytes, delivery);
      else reject(delivery, outcome);
    };
    if (verdict.delayMs === 0 && this.#behind === undefined) return settle();
    const settled = this.#settleLater(verdict.delayMs, settle, this.#behind).then(() => {
      if (this.#behind === settled) this.#behind = undefined;
    });
    this.#behind = settled;
  }

  async #settleLater(delayMs: number, settle: () => void, behind: Promise<void> | undefined): Promise<void> {
    await Promise.all([behind, new Promise((resolve) => setTimeout(resolve, delayMs))]);
    if (this.receiver.is_open()) settle();
  }

  #store(bytes: Buffer, delivery: AmqpDelivery): void {
    const error = this.#append(bytes, delivery.format ?? 0);
    if (error === undefined) accept(delivery);
    else reject(delivery, error);
  }

  #append(bytes: Buffer, format: number): AmqpError | undefined {
    const { hubName, publisher } = this.#options;
    const hub = this.#state.namespace.find(hubName);
    if (hub === undefined) return { condition: 'amqp:not-found', description: `Hub ${hubName} is gone.` };
    let message: IncomingMessage;
    try {
      message = readIncoming(bytes, format, publisher);
    } catch (error) {
      return malformedMessage(error instanceof Error ? error.message : String(error));
    }
    if (publisher !== undefined && (message.partitionKey ?? publisher) !== publisher) {
      return keyOfAnotherPublisher(publisher, message.partitionKey ?? '');
    }
    if (!this.#state.throughput.takeIngress(message.events.length, bytes.length)) {
      return serverBusy(this.#state.hostName);
    }
    const log = this.#choose(hub, message.partitionKey);
    if (log === undefined) return partitionOutOfRange(hub.partitions.length);
    try {
      for (const event of message.events) log.append(event);
    } catch (error) {
      return notKept(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  #choose(hub: Hub, partitionKey: string | undefined): PartitionLog | undefined {
    const { partitionId } = this.#options;
    return partitionId === undefined ? hub.choosePartition(partitionKey) : hub.partition(partitionId);
  }
}
