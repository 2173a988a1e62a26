/** The sockets: plain TCP, TLS and secure WebSockets, each handing over a byte stream that speaks AMQP. */
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Certificate } from './self-signed-certificate.ts';

/**
 * The path clients use (@azure/event-hubs 6.0.4 dist/esm/connectionContext.js), some with a slash behind it (azure-eventhub
 * 5.15.1 tests/pyamqp_tests/synctests/test_websocket.py).
 */
const WEB_SOCKET_PATH = /^\/\$servicebus\/websocket\/?(?:\?|$)/;

/** The registered name, and the one that the Go SDK's examples offer; the first that a client offers is answered. */
const WEB_SOCKET_PROTOCOLS = ['AMQPWSB10', 'amqp'];

/** The largest WebSocket message taken: one AMQP frame is at most 64 KiB, clients may send a few together. */
const MAX_WEB_SOCKET_MESSAGE_BYTES = 4 * 1024 * 1024;

export type OnStream = (stream: Duplex) => void;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export async function listenPlain(host: string, port: number, onStream: OnStream): Promise<Listener> {
  return await listen(createServer({ noDelay: true }, onStream), host, port);
}

export async function listenTls(
  host: string,
  port: number,
  certificate: Certificate,
  onStream: OnStream,
): Promise<Listener> {
  const { keyPem: key, certificatePem: cert } = certificate;
  return await listen(createTlsServer({ key, cert, noDelay: true }, onStream), host, port);
}

export async function listenWebSockets(
  host: string,
  { port, origins = [] }: { readonly port: number; readonly origins?: readonly string[] },
  certificate: Certificate,
  onStream: OnStream,
): Promise<Listener> {
  const { keyPem: key, certificatePem: cert } = certificate;
  const server = createHttpsServer({ key, cert, noDelay: true }, (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('Upgrade to WebSocket.\n');
  });
  const webSockets = new WebSocketServer({
    server,
    maxPayload: MAX_WEB_SOCKET_MESSAGE_BYTES,
    verifyClient: ({ origin, req }: { readonly origin?: string; readonly req: IncomingMessage }) =>
      isWelcome(origin, req.headers.host, origins),
    handleProtocols: (offered) => WEB_SOCKET_PROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  webSockets.shouldHandle = ({ url }) => WEB_SOCKET_PATH.test(url ?? '');
  webSockets.on('connection', (webSocket) => onStream(createWebSocketStream(webSocket)));
  const listener = await listen(server, host, port);
  return {
    port: listener.port,
    close: async () => {
      for (const client of webSockets.clients) client.terminate();
      webSockets.close();
      server.closeAllConnections();
      await listener.close();
    },
  };
}

/**
 * May a WebSocket be opened? A browser names the page's origin and lets any page connect, to the key that every developer
 * has; Python's client names the origin of the server itself. A page on a name of its own that leads here gets no further
 * than the certificate, which does not hold that name.
 * Source: RFC 6455 section 10.2; websocket-client 1.8 _handshake.py (origin from the URL).
 */
function isWelcome(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  return origin === undefined || origins.includes(origin) || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host;
}

/** Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
export async function listen(server: Server, host: string, port: number): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port');
  return {
    port: address.port,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
