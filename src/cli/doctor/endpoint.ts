// One address of the namespace and how far a connection to it gets: name and TCP, or the proxy; then TLS. Speaks no AMQP.

import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { EventHubConfig } from '../../config/config.ts';
import type { Proxy } from '../../config/proxy.ts';
import { reasonOf } from '../../engine/errors.ts';
import { openTunnel } from './tunnel.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Whether the worker uses it as it is configured. */
  readonly isNeeded: boolean;
  /** The way there; undefined: none. */
  readonly proxy: Proxy | undefined;
}

export type EndpointAnswer =
  | { readonly kind: 'reached'; readonly address: string; readonly protocol: string }
  | { readonly kind: 'lost'; readonly at: 'DNS' | 'TCP' | 'TLS' | ProxyFault; readonly reason: string };

/** It cannot be reached, it wants a password, it does not let this address through. */
export type ProxyFault = 'proxy' | 'proxy password' | 'proxy rule';

const stepTimeoutMs = 5_000;
const plainPort = 5672;

/** AMQP over TLS and over WebSockets; the one port that was given, where one was; of an emulator its plain port. */
export function endpointsOf(config: EventHubConfig): readonly Endpoint[] {
  const { namespace: host, port, isEmulator, transport } = config;
  const isTcp = transport === 'amqp';
  const direct = { host, isTls: true, isNeeded: isTcp, proxy: undefined };
  const webSockets = { host, isTls: true, isNeeded: !isTcp, proxy: config.proxy };
  if (isTcp && isEmulator) return [{ ...direct, port: port ?? plainPort, isTls: false }];
  if (port !== undefined) return [{ ...(isTcp ? direct : webSockets), port }];
  return [
    { ...direct, port: 5671 },
    { ...webSockets, port: 443 },
  ];
}

/** Never rejects. */
export async function reachEndpoint(endpoint: Endpoint, signal: AbortSignal): Promise<EndpointAnswer> {
  const { host, isTls, proxy } = endpoint;
  const timeout = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(stepTimeoutMs)]);
  const way = await (proxy === undefined ? direct(endpoint, timeout) : tunnelled(endpoint, proxy, timeout));
  if (way.kind === 'lost') return way;
  const { socket, address } = way;
  if (!isTls) {
    socket.destroy();
    return { kind: 'reached', address, protocol: 'TCP' };
  }
  try {
    // Without a name in the certificate's sense for plain addresses: SNI allows none.
    const secure: TLSSocket = connectTls({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
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

type Way =
  | { readonly kind: 'way'; readonly socket: Socket; readonly address: string }
  | Extract<EndpointAnswer, { readonly kind: 'lost' }>;

async function direct({ host, port }: Endpoint, timeout: () => AbortSignal): Promise<Way> {
  let address: string;
  try {
    address = await inTime(timeout(), async () => (await lookup(host)).address);
  } catch (thrown) {
    return { kind: 'lost', at: 'DNS', reason: reasonOf(thrown) };
  }
  try {
    const socket = await opened(connectTcp({ host: address, port }), 'connect', timeout());
    return { kind: 'way', socket, address };
  } catch (thrown) {
    return { kind: 'lost', at: 'TCP', reason: reasonOf(thrown) };
  }
}

/** The host's own name is the proxy's to resolve: here it may not resolve at all. */
async function tunnelled(endpoint: Endpoint, proxy: Proxy, timeout: () => AbortSignal): Promise<Way> {
  const signal = timeout();
  try {
    const answer = await inTime(signal, () => openTunnel(proxy.url, endpoint, signal));
    if (answer.kind === 'open')
      return { kind: 'way', socket: answer.socket, address: `proxy ${proxy.shown}` };
    return {
      kind: 'lost',
      at: answer.status === 407 ? 'proxy password' : 'proxy rule',
      reason: answer.reason,
    };
  } catch (thrown) {
    return { kind: 'lost', at: 'proxy', reason: reasonOf(thrown) };
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
