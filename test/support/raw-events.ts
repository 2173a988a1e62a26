// Events as bytes on a bare AMQP link: what was put on the wire, and what comes off it, with no client's decoder between.

import { once } from 'node:events';
import rhea from 'rhea';
import type { EventContext, Message } from 'rhea';
import { RawClient } from '../integration/emulator/raw-amqp.ts';

const decoders = rhea.message as unknown as { decode(bytes: Buffer): Message };

/** rhea's decoder with the bytes beside what it reads, for a while; what it cannot read is empty. */
class RecordingDecoder implements Disposable {
  readonly #original = decoders.decode.bind(decoders);
  readonly #encoded = new WeakMap<object, Buffer>();

  constructor() {
    decoders.decode = (bytes) => {
      const message = this.#decoded(bytes);
      this.#encoded.set(message, Buffer.from(bytes));
      return message;
    };
  }

  encodedOf(message: Message | undefined): Buffer | undefined {
    return message === undefined ? undefined : this.#encoded.get(message);
  }

  [Symbol.dispose](): void {
    decoders.decode = this.#original;
  }

  #decoded(bytes: Buffer): Message {
    try {
      return this.#original(bytes);
    } catch {
      return { body: undefined };
    }
  }
}

/** Sends each as one message and waits until all are accepted. */
export async function sendRaw(
  connectionString: string,
  address: string,
  messages: readonly Uint8Array[],
): Promise<void> {
  const client = await RawClient.open(connectionString);
  await client.putToken(address);
  const sender = await client.sender(address);
  if (!sender.sendable()) await once(sender, 'sendable');
  let accepted = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  sender.on('rejected', () => reject(new Error(`the hub refused message ${accepted}`)));
  sender.on('accepted', () => {
    accepted += 1;
    if (accepted === messages.length) resolve();
  });
  for (const message of messages) sender.send(Buffer.from(message), undefined, 0);
  await promise;
  client.close();
}

/** The first `count` events of a partition behind a sequence number, as the broker encodes them. */
export async function receiveRaw(
  connectionString: string,
  hub: string,
  partitionId: string,
  count: number,
  afterSequenceNumber = -1,
): Promise<readonly Buffer[]> {
  using decoder = new RecordingDecoder();
  const client = await RawClient.open(connectionString);
  const address = `${hub}/ConsumerGroups/$Default/Partitions/${partitionId}`;
  await client.putToken(address);
  const filter = `amqp.annotation.x-opt-sequence-number > '${afterSequenceNumber}'`;
  const receiver = await client.receiver(address, {}, filter);
  const received: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  receiver.on('message', ({ message }: EventContext) => {
    const encoded = decoder.encodedOf(message);
    if (encoded !== undefined) received.push(encoded);
    if (received.length >= count) resolve();
  });
  receiver.add_credit(count);
  await promise;
  client.close();
  return received;
}
