// A way through an HTTP proxy to one address (CONNECT), and what the proxy says when it gives none.

import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';

export type TunnelAnswer =
  | { readonly kind: 'open'; readonly socket: Socket }
  /** The proxy answered, and not with 200. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

/** Rejects when the proxy itself cannot be reached. `proxyUrl` may hold user and password. */
export function openTunnel(
  proxyUrl: string,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<TunnelAnswer> {
  const { protocol, hostname, port, username, password } = new URL(proxyUrl);
  const place = `${target.host}:${String(target.port)}`;
  const headers: Record<string, string> = { host: place };
  if (username !== '' || password !== '') {
    const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(userinfo).toString('base64')}`;
  }
  const isTls = protocol === 'https:';
  const options = {
    method: 'CONNECT',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    path: place,
    headers,
    agent: false,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (isTls ? requestHttps : requestHttp)(options);
    const refused = ({ statusCode = 0, statusMessage = '' }: IncomingMessage): TunnelAnswer => ({
      kind: 'refused',
      status: statusCode,
      reason: `${String(statusCode)} ${statusMessage}`.trim(),
    });
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve({ kind: 'open', socket });
      socket.destroy();
      resolve(refused(response));
    });
    request.once('response', (response) => {
      response.destroy();
      resolve(refused(response));
    });
    request.once('error', reject);
    request.end();
  });
}
