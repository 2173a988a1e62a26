/**
 * Who may use the control port: whoever has the token, and no page in a browser.
 * The order of events that this is against: 1. a developer has an emulator running and visits a site 2. the site's script
 * sends a "simple" POST (text/plain, no preflight) to localhost, or to a name of its own that now resolves to localhost
 * 3. a hub is re-created. A script cannot send the token's header without a preflight, which is answered by nobody here;
 * the other rules keep a token that leaked into a page from being of use.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface RefusedRequest {
  readonly status: 401 | 403 | 415;
  readonly error: string;
}

export function controlToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Undefined: the request may be carried out. */
export function refusalOf(
  headers: IncomingHttpHeaders,
  token: string,
  isLoopback: boolean,
): RefusedRequest | undefined {
  const fromPage =
    headers.origin !== undefined || !['none', undefined].includes(text(headers, 'sec-fetch-site'));
  if (fromPage) return { status: 403, error: 'the control port does not serve pages in a browser' };
  if (isLoopback && !isLoopbackName(headers.host)) {
    return { status: 403, error: `the control port does not answer to the name ${headers.host}` };
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  if (!isSame(given, token)) {
    return {
      status: 401,
      error: "send 'authorization: Bearer <token>'; the emulator names its token when it starts",
    };
  }
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return { status: 415, error: "a body must have 'content-type: application/json'" };
  }
  return undefined;
}

/** Is a Host header a name of this machine's own? Another name that leads here may belong to anybody. */
export function isLoopbackName(host: string | undefined): boolean {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  return /^(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name);
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join() : value;
}

/** In a time that does not tell how much was right, nor how long the token is. */
function isSame(given: string, token: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(token));
}
