// Receives from every partition of a hub and forgets the bytes: rhea opens the links, then a plain socket reader takes over,
// so that what is measured is the sender alone.
import { once } from 'node:events';
import { RawClient } from '../integration/emulator/raw-amqp.ts';

export interface Sink {
  /** Grants all the credit there is and resolves when so many payload bytes have come. */
  read(payloadBytes: number): Promise<void>;
}

export async function openSink(connectionString: string, hub: string, partitionCount: number): Promise<Sink> {
  const client = await RawClient.open(connectionString);
  await client.putToken(hub);
  const session = client.session();
  for (let id = 0; id < partitionCount; id += 1) {
    const receiver = session.attach_receiver({
      source: { address: `${hub}/ConsumerGroups/$Default/Partitions/${id}` },
      credit_window: 0,
      autoaccept: false,
      snd_settle_mode: 1,
    });
    await once(receiver, 'receiver_open');
  }
  const { socket } = client;
  const { channel } = (session as unknown as { local: { channel: number } }).local;
  return {
    async read(payloadBytes) {
      let received = 0;
      const done = Promise.withResolvers<void>();
      socket.removeAllListeners('data');
      socket.on('data', (chunk) => {
        received += chunk.length;
        // Frame heads come on top of the payload, so the last few bytes need not be waited for.
        if (received >= payloadBytes) done.resolve();
      });
      socket.write(
        Buffer.concat(Array.from({ length: partitionCount }, (_, handle) => flow(channel, handle))),
      );
      await done.promise;
      client.close();
    },
  };
}

/** A flow frame: next-incoming-id 0, an incoming window and a link credit of 2^31 - 1. */
function flow(channel: number, handle: number): Buffer {
  const most = 0x7fffffff;
  const fields = Buffer.concat([0, most, 0, most, handle, 0, most].map(uint));
  const frame = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 2, 0, 0, channel, 0, 0x53, 0x13, 0xc0, fields.length + 1, 7]),
    fields,
  ]);
  frame.writeUInt32BE(frame.length, 0);
  return frame;
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0x70);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
