// One address of the namespace and how far a connection to it gets: name, TCP, TLS. Speaks no AMQP.

import { lookup } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { EventHubConfig } from '../../config/config.ts';
import { reasonOf } from '../../engine/errors.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Whether the worker uses it as it is configured. */
  readonly isNeeded: boolean;
}

export type EndpointAnswer =
  | { readonly kind: 'reached'; readonly address: string; readonly protocol: string }
  | { readonly kind: 'lost'; readonly at: 'DNS' | 'TCP' | 'TLS'; readonly reason: string };

const stepTimeoutMs = 5_000;
const plainPort = 5672;

/** AMQP over TLS and over WebSockets; the one port that was given, where one was; of an emulator its plain port. */
export function endpointsOf({ namespace, port, isEmulator, transport }: EventHubConfig): readonly Endpoint[] {
  if (isEmulator && transport === 'amqp') {
    return [{ host: namespace, port: port ?? plainPort, isTls: false, isNeeded: true }];
  }
  if (port !== undefined) return [{ host: namespace, port, isTls: true, isNeeded: true }];
  return [
    { host: namespace, port: 5671, isTls: true, isNeeded: transport === 'amqp' },
    { host: namespace, port: 443, isTls: true, isNeeded: transport === 'websockets' },
  ];
}

/** Never rejects. */
export async function reachEndpoint(endpoint: Endpoint, signal: AbortSignal): Promise<EndpointAnswer> {
  const { host, port, isTls } = endpoint;
  const timeout = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(stepTimeoutMs)]);
  let address: string;
  try {
    address = await inTime(timeout(), async () => (await lookup(host)).address);
  } catch (thrown) {
    return { kind: 'lost', at: 'DNS', reason: reasonOf(thrown) };
  }
  let socket: Socket;
  try {
    socket = await opened(connectTcp({ host: address, port }), 'connect', timeout());
  } catch (thrown) {
    return { kind: 'lost', at: 'TCP', reason: reasonOf(thrown) };
  }
  if (!isTls) {
    socket.destroy();
    return { kind: 'reached', address, protocol: 'TCP' };
  }
  try {
    // Without a name in the certificate's sense for plain addresses: SNI allows none.
    const secure: TLSSocket = connectTls({ socket, host, ...(host === address ? {} : { servername: host }) });
    await opened(secure, 'secureConnect', timeout());
    const protocol = secure.getProtocol() ?? 'TLS';
    secure.destroy();
    return { kind: 'reached', address, protocol };
  } catch (thrown) {
    return { kind: 'lost', at: 'TLS', reason: reasonOf(thrown) };
  } finally {
    socket.destroy();
  }
}

function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  return inTime(
    signal,
    () =>
      new Promise<S>((resolve, reject) => {
        socket.once(event, () => resolve(socket));
        // Stays for the socket's whole life: a reset after the handshake is nobody's concern.
        socket.on('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
      }),
  ).catch((thrown: unknown) => {
    socket.destroy();
    throw thrown;
  });
}

/** What does not listen to signals is left behind. */
function inTime<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error(`no answer within ${stepTimeoutMs} ms`));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    run().then(resolve, reject);
  });
}
