/**
 * A link on which a publisher sends to a hub or to one partition.
 * Honoured: target `<hub>` (round robin, or the partition key's hash), `<hub>/Partitions/<id>` and `<hub>/Publishers/<name>`
 *   (the name is the partition key, and an annotation of each event); single messages and batches (message-format 0x80013700), a batch goes to one partition as a whole; acceptance after the events are
 *   readable; size limit (1 MB): rejected with amqp:link:message-size-exceeded (a detach would leave the SDKs waiting for a
 *   time-out); a message whose sections cannot be walked is rejected with amqp:decode-error, in strict mode also one that
 *   no client could read; a partition key is at most 128 characters; above the throughput units: rejected with
 *   server-busy; idempotent publishing (hubs/producer-ledger.ts).
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventHubSender.js:300-420; go azeventhubs producer_client.go;
 *   https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas (event size); Azure/azure-sdk-for-js
 *   event-hubs test/public/sender.spec.ts "large message" (MessageTooLargeError at once).
 */
import type { FaultTarget } from '../faults.ts';
import type { Hub } from '../hubs/hub.ts';
import type { ProducerIdentity, ProducerLedger } from '../hubs/producer-ledger.ts';
import type { BatchNumbers } from '../hubs/producer-ledger.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { NamespaceState } from './namespace-state.ts';
import {
  invalidArgument,
  keyOfAnotherPublisher,
  malformedMessage,
  messageTooLarge,
  notKept,
  outOfOrder,
  partitionOutOfRange,
  publisherReplaced,
  serverBusy,
} from './condition.ts';
import { checkReadable, readIncoming } from './event-encoding.ts';
import type { IncomingMessage } from './event-encoding.ts';
import { batchNumbers } from './producer-numbers.ts';
import { accept, reject } from './rhea.ts';
import type { AmqpDelivery, AmqpError, AmqpReceiver } from './rhea.ts';

/** The SDKs name this bound (azure-messaging-eventhubs EventHubClientBuilder; .NET EventHubProducerClient). */
const MAX_PARTITION_KEY_LENGTH = 128;

/** Messages a publisher may have under way, as the service grants. */
export const PUBLISHER_CREDIT = 300;

export interface PublisherLinkOptions {
  readonly receiver: AmqpReceiver;
  readonly hubName: string;
  /** Undefined: the hub chooses. */
  readonly partitionId: string | undefined;
  /** Undefined: the address names none. */
  readonly publisher: string | undefined;
  /** Of an idempotent publisher, which always names a partition. */
  readonly identity: ProducerIdentity | undefined;
  readonly target: FaultTarget;
  readonly state: NamespaceState;
  readonly cut: () => void;
}

export class PublisherLink {
  readonly receiver: AmqpReceiver;
  readonly #options: PublisherLinkOptions;
  readonly #state: NamespaceState;
  #activeAtMs: number;
  /** Deliveries held back by a fault must not be overtaken: a publisher's order is kept. */
  #behind: Promise<void> | undefined;

  constructor(options: PublisherLinkOptions) {
    this.receiver = options.receiver;
    this.#options = options;
    this.#state = options.state;
    this.#activeAtMs = options.state.now();
  }

  idleMs(nowMs: number): number {
    return nowMs - this.#activeAtMs;
  }

  onTransfer(bytes: Buffer, delivery: AmqpDelivery): void {
    this.#activeAtMs = this.#state.now();
    const { maxMessageBytes } = this.#state.limits;
    if (bytes.length > maxMessageBytes) {
      return reject(delivery, messageTooLarge(delivery.id, bytes.length, maxMessageBytes));
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
    if (error !== undefined) return reject(delivery, error);
    const { outcome, delayMs } = this.#state.faults.judge('settle', this.#options.target);
    if (outcome === 'cut') return this.#options.cut();
    if (outcome === 'silence') return;
    const settle = (): void => {
      if (outcome === 'proceed') accept(delivery);
      else reject(delivery, outcome);
    };
    if (delayMs === 0) settle();
    else void this.#settleLater(delayMs, settle, undefined);
  }

  #append(bytes: Buffer, format: number): AmqpError | undefined {
    const { hubName, publisher, identity } = this.#options;
    const hub = this.#state.namespace.find(hubName);
    if (hub === undefined) return { condition: 'amqp:not-found', description: `Hub ${hubName} is gone.` };
    let message: IncomingMessage;
    let numbers: BatchNumbers | undefined;
    try {
      message = readIncoming(bytes, format, publisher);
      if (this.#state.isStrict) checkReadable(bytes, format);
      if (identity !== undefined) numbers = batchNumbers(bytes, format, identity);
    } catch (error) {
      return malformedMessage(error instanceof Error ? error.message : String(error));
    }
    if ((message.partitionKey?.length ?? 0) > MAX_PARTITION_KEY_LENGTH) {
      return invalidArgument(`A partition key may have ${MAX_PARTITION_KEY_LENGTH} characters at most.`);
    }
    if (publisher !== undefined && (message.partitionKey ?? publisher) !== publisher) {
      return keyOfAnotherPublisher(publisher, message.partitionKey ?? '');
    }
    if (!this.#state.throughput.takeIngress(message.events.length, bytes.length)) {
      return serverBusy(this.#state.hostName);
    }
    const log = this.#choose(hub, message.partitionKey);
    if (log === undefined) return partitionOutOfRange(hub.partitions.length);
    const append = (): void => {
      for (const event of message.events) log.append(event);
    };
    try {
      if (identity !== undefined && numbers !== undefined) {
        return appendOnce(hub.ledger(log.id), identity, numbers, append);
      }
      append();
      return undefined;
    } catch (error) {
      return notKept(error instanceof Error ? error.message : String(error));
    }
  }

  #choose(hub: Hub, partitionKey: string | undefined): PartitionLog | undefined {
    const { partitionId } = this.#options;
    return partitionId === undefined ? hub.choosePartition(partitionKey) : hub.partition(partitionId);
  }
}

/** Stores an idempotent publisher's batch if it is the next one; a retry of one that is stored is a success too. */
function appendOnce(
  ledger: ProducerLedger,
  { producerId, epoch }: ProducerIdentity,
  numbers: BatchNumbers,
  append: () => void,
): AmqpError | undefined {
  const verdict = ledger.judge(producerId, epoch, numbers);
  switch (verdict.outcome) {
    case 'store':
      append();
      ledger.stored(producerId, epoch, numbers);
      return undefined;
    case 'already-stored':
      return undefined;
    case 'out-of-order':
      return outOfOrder(numbers.first, verdict.expected);
    case 'replaced':
      return publisherReplaced(producerId, epoch, verdict.currentEpoch);
    default:
      return verdict satisfies never;
  }
}
