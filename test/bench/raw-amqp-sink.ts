// Receives from every partition of a hub and forgets the bytes: rhea opens the links, then a plain socket reader takes over,
// so that what is measured is the sender alone.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import rhea from 'rhea';

export interface Sink {
  /** Grants all the credit there is and resolves when so many payload bytes have come. */
  read(payloadBytes: number): Promise<void>;
}

export async function openSink(connectionString: string, hub: string, partitionCount: number): Promise<Sink> {
  const field = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? '';
  const endpoint = new URL(field('Endpoint').replace('sb:', 'http:'));
  const connection = rhea.create_container().connect({
    host: endpoint.hostname,
    port: Number(endpoint.port),
    username: 'sink',
    reconnect: false,
  });
  connection.on('disconnected', () => undefined);
  await once(connection, 'connection_open');
  await putToken(
    connection,
    `sb://${endpoint.host}/${hub}`,
    field('SharedAccessKeyName'),
    field('SharedAccessKey'),
  );
  const session = connection.create_session();
  session.begin();
  for (let id = 0; id < partitionCount; id += 1) {
    const address = `${hub}/ConsumerGroups/$Default/Partitions/${id}`;
    const receiver = session.attach_receiver({
      source: { address },
      credit_window: 0,
      autoaccept: false,
      snd_settle_mode: 1,
    });
    await once(receiver, 'receiver_open');
  }
  const socket = connection['socket'] as Socket;
  const channel = (session as unknown as { local: { channel: number } }).local.channel;
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
      socket.destroy();
    },
  };
}

/** next-incoming-id 0, incoming window and link credit of 2^31 - 1. */
function flow(channel: number, handle: number): Buffer {
  const fields = Buffer.concat([
    uint(0),
    uint(0x7fffffff),
    uint(0),
    uint(0x7fffffff),
    uint(handle),
    uint(0),
    uint(0x7fffffff),
  ]);
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

async function putToken(
  connection: rhea.Connection,
  audience: string,
  name: string,
  key: string,
): Promise<void> {
  const session = connection.create_session();
  session.begin();
  const replies = session.attach_receiver({ source: '$cbs', name: 'cbs-reply' });
  const requests = session.attach_sender({ target: '$cbs' });
  await once(requests, 'sendable');
  const resource = encodeURIComponent(audience);
  const expiry = String(Math.floor(Date.now() / 1000) + 3600);
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
  requests.send({
    message_id: '1',
    reply_to: 'cbs-reply',
    application_properties: {
      operation: 'put-token',
      type: 'servicebus.windows.net:sastoken',
      name: audience,
    },
    body: `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`,
  });
  await once(replies, 'message');
}
