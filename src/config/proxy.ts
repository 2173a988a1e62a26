// Which HTTP proxy a host is reached through. The variables are not this program's own: storage and sign-in obey them in the
// SDK (proxyPolicy of @azure/core-rest-pipeline 1.24.0), and Event Hubs over WebSockets obeys the same rules here.

import { problem } from './connection-string.ts';
import type { Read } from './connection-string.ts';

export type ProxyVariable = 'HTTPS_PROXY' | 'ALL_PROXY' | 'HTTP_PROXY';

export interface Proxy {
  /** Its address, with name and password where it wants them. */
  readonly url: string;
  /** Its address as people may see it. */
  readonly shown: string;
  /** Where it was given. */
  readonly variable: ProxyVariable;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The first that is given counts, each in capitals before small letters. */
const variables: readonly ProxyVariable[] = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'];

/** The proxy of a host; undefined: it is reached directly. What `readProxy` refuses counts as none. */
export function proxyFor(host: string, environment: Environment): Proxy | undefined {
  const proxy = readProxy(environment);
  if (proxy === undefined || proxy.read.kind === 'problem' || isExcepted(host, environment)) return undefined;
  return proxy.read.value;
}

/** What was given, and in which variable; undefined: nothing. */
export function readProxy(
  environment: Environment,
): { readonly variable: ProxyVariable; readonly read: Read<Proxy> } | undefined {
  for (const variable of variables) {
    const given = valueOf(variable, environment);
    if (given !== undefined) return { variable, read: proxyAt(given, variable) };
  }
  return undefined;
}

/** What a person with a proxy and AMQP over TCP should know; without a full stop. */
export function tcpPastProxy({
  variable,
  shown,
}: {
  readonly variable: string;
  readonly shown: string;
}): string {
  return `${variable} names the proxy ${shown}, and AMQP over TCP (port 5671) does not go through it: set EVENTHUB_TRANSPORT=websockets where only the proxy gets out, or except the namespace in NO_PROXY`;
}

function proxyAt(given: string, variable: ProxyVariable): Read<Proxy> {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return problem(
      'is no address of an HTTP proxy: give http://host:port, with user:password@ where it wants them',
    );
  }
  if (!isDecodable(url.username) || !isDecodable(url.password)) {
    return problem('has a % in user or password that begins no code: write it as %25');
  }
  const userinfo = url.username === '' && url.password === '' ? '' : '***@';
  return { kind: 'read', value: { url: given, shown: `${url.protocol}//${userinfo}${url.host}`, variable } };
}

/** A name stands for itself alone, one with a full stop before it also for every host beneath it. Ports and * mean nothing. */
function isExcepted(host: string, environment: Environment): boolean {
  const names = (valueOf('NO_PROXY', environment) ?? '').split(',').map((name) => name.trim());
  return names.some((name) => {
    if (name.startsWith('.')) return host.endsWith(name) || host === name.slice(1);
    return name !== '' && host === name;
  });
}

function valueOf(name: string, environment: Environment): string | undefined {
  return [environment[name], environment[name.toLowerCase()]].find(
    (text) => text !== undefined && text !== '',
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
