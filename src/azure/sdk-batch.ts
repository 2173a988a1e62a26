// Hands messages that are encoded already to an SDK producer, which authenticates, attaches, renews and waits for the answer.
// Relies on two things the SDK does not publish (event-hubs 6.0.4): `sendBatch` takes anything shaped like its own batch and
// asks it for the bytes (eventHubSender.js, transformEventsForSend), and the sender is made by the connection's
// `createAwaitableSender`. Both are checked when used: after an upgrade that moves them nothing is sent in another form.

import type { Buffer } from 'node:buffer';
import type { EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';

/** How the bytes of a transfer are to be read: 0 is one message, 0x80013700 a batch. */
type MessageFormat = number;

interface AwaitableSender {
  send(message: Buffer, options?: { readonly format?: MessageFormat }): Promise<unknown>;
}

interface SenderConnection {
  createAwaitableSender(options: unknown): Promise<AwaitableSender>;
}

interface ProducerContext {
  connection: SenderConnection;
  refreshConnection(): void;
}

/** Sends encoded transfers over one producer client. */
export class SdkBatchSender {
  readonly #client: EventHubProducerClient;
  /** Transfers under way that are no batch. */
  readonly #singles = new WeakSet<Buffer>();

  /** The client must not have connected yet. */
  constructor(client: EventHubProducerClient) {
    this.#client = client;
    const context: unknown = Reflect.get(client, '_context');
    if (!isProducerContext(context)) throw unexpectedSdk();
    const refresh = context.refreshConnection.bind(context);
    context.refreshConnection = () => {
      refresh();
      this.#prepare(context.connection);
    };
    this.#prepare(context.connection);
  }

  /** Settles when the hub has taken the transfer. `partitionId` undefined: the hub chooses, by the annotations in it. */
  async send(
    transfer: Buffer,
    form: 'batch' | 'single',
    partitionId: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<void> {
    if (form === 'single') this.#singles.add(transfer);
    const batch = new EncodedBatch(transfer, partitionId);
    await this.#client.sendBatch(batch as unknown as EventDataBatch, { abortSignal });
    if (!batch.wasAsked) throw unexpectedSdk();
  }

  #prepare(connection: SenderConnection): void {
    const create = connection.createAwaitableSender.bind(connection);
    connection.createAwaitableSender = async (options) => {
      const sender = await create(options);
      const send = sender.send.bind(sender);
      // The SDK knows batches only.
      sender.send = (message, sendOptions) =>
        send(message, this.#singles.has(message) ? { ...sendOptions, format: 0 } : sendOptions);
      return sender;
    };
  }
}

/** What the SDK reads of a batch (eventHubProducerClient.js sendBatch; eventDataBatch.js isEventDataBatch). */
class EncodedBatch {
  readonly count = 1;
  readonly sizeInBytes: number;
  readonly partitionId: string | undefined;
  readonly partitionKey = undefined;
  readonly _messageSpanContexts: readonly never[] = [];
  wasAsked = false;
  readonly #transfer: Buffer;

  constructor(transfer: Buffer, partitionId: string | undefined) {
    this.#transfer = transfer;
    this.sizeInBytes = transfer.length;
    this.partitionId = partitionId;
  }

  tryAdd(): boolean {
    return false;
  }

  _generateMessage(): Buffer {
    this.wasAsked = true;
    return this.#transfer;
  }
}

function unexpectedSdk(): Error {
  return new Error('This version of @azure/event-hubs is built differently: adapt azure/sdk-batch.ts to it.');
}

function isProducerContext(value: unknown): value is ProducerContext {
  if (typeof value !== 'object' || value === null) return false;
  const connection: unknown = Reflect.get(value, 'connection');
  return (
    typeof Reflect.get(value, 'refreshConnection') === 'function' &&
    typeof connection === 'object' &&
    connection !== null &&
    typeof Reflect.get(connection, 'createAwaitableSender') === 'function'
  );
}
