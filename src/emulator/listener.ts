/** The sockets: plain TCP, TLS and secure WebSockets, each handing over a byte stream that speaks AMQP. */
import { createServer } from 'node:net';
import type { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';

export type OnStream = (stream: Duplex) => void;

export async function listenPlain(host: string, port: number, onStream: OnStream): Promise<NetServer> {
  const server = createServer({ noDelay: true }, onStream);
  await listening(server, host, port);
  return server;
}

/** Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
async function listening(server: NetServer, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function portOf(server: NetServer): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port');
  return address.port;
}

export async function closeServer(server: NetServer): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
