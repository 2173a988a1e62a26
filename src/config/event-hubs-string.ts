// The connection string of an Event Hubs namespace, as any of the official SDKs would take it, in the one form that this
// program hands on. Read for it: EventHubsConnectionStringProperties (.NET), ConnectionStringProperties (Java's core-amqp),
// ParseConnectionString (Go), _parse_conn_str (Python), parseConnectionString (core-amqp of JavaScript).

import { problem, readParts } from './connection-string.ts';
import type { ConnectionStringParts, Read } from './connection-string.ts';

export interface EventHubsString {
  /** In the JavaScript SDK's own spelling; without EntityPath, which that SDK would compare letter by letter. */
  readonly text: string;
  /** Lower case. */
  readonly host: string;
  /** Undefined: the transport's own. */
  readonly port: number | undefined;
  /** Plain TCP instead of TLS. */
  readonly isEmulator: boolean;
  /** EntityPath. */
  readonly eventHub: string | undefined;
  /** Host and port with their capitals, as another program would take them from the same text. */
  readonly givenHost: string;
}

interface Endpoint {
  readonly host: string;
  readonly port: number | undefined;
  readonly givenHost: string;
}

/** The scheme says nothing (.NET replaces any by sb), nor does a path; the portal's own form ends with a slash. */
const endpointForm =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?<host>[a-z0-9](?:[\w.-]*[a-z0-9])?)\.?(?::(?<port>\d{1,5}))?(?:\/[\w./-]*)?$/i;

/**
 * The service listens where the transport says and nowhere else; .NET leaves a port out. It is copied from the portal's
 * https://...:443/ or from Kafka's settings (:9093). On a host of one's own it is meant.
 */
const serviceHost = /\.servicebus\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn|cloudapi\.de)$/;

/** As Go's ParseBool, in any case. The JavaScript SDK takes a lower-case true alone. */
const truth: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
]);

export function readEventHubsString(given: string): Read<EventHubsString> {
  const read = readParts(given);
  if (read.kind === 'problem') return read;
  const parts = read.value;
  if (
    ['accountkey', 'accountname', 'blobendpoint', 'usedevelopmentstorage'].some((name) => parts.has(name))
  ) {
    return problem('is the connection string of a storage account');
  }
  const endpoint = endpointOf(parts);
  if (endpoint.kind === 'problem') return endpoint;
  const authorization = authorizationOf(parts);
  if (authorization.kind === 'problem') return authorization;
  const isEmulator = truth.get(parts.get('usedevelopmentemulator')?.toLowerCase() ?? 'false');
  if (isEmulator === undefined) return problem('has UseDevelopmentEmulator with another value than true');
  const eventHub = parts.get('entitypath');
  if (eventHub !== undefined && !/^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i.test(eventHub)) {
    return problem('has an EntityPath that is no name of an event hub');
  }
  const { host, port } = endpoint.value;
  const address = port === undefined ? host : `${host}:${String(port)}`;
  const text = [`Endpoint=sb://${address}/`, authorization.value];
  if (isEmulator) text.push('UseDevelopmentEmulator=true');
  return { kind: 'read', value: { ...endpoint.value, text: text.join(';'), isEmulator, eventHub } };
}

/** Python takes HostName for Endpoint. */
function endpointOf(parts: ConnectionStringParts): Read<Endpoint> {
  const given = parts.get('endpoint') ?? parts.get('hostname');
  if (given === undefined) return problem('has no Endpoint=sb://<namespace>.servicebus.windows.net/');
  const { host: givenHost, port: givenPort } = endpointForm.exec(given)?.groups ?? {};
  if (givenHost === undefined) {
    return problem(
      'has an Endpoint that is no sb://<namespace>.servicebus.windows.net/ (a host name or an IPv4 address)',
    );
  }
  const host = givenHost.toLowerCase();
  if (host.endsWith('.azure-devices.net')) {
    return problem(
      'is the connection string of an IoT hub itself: take its Event Hub-compatible endpoint (in the portal under Built-in endpoints)',
    );
  }
  const port = givenPort === undefined || serviceHost.test(host) ? undefined : Number(givenPort);
  if (port !== undefined && (port < 1 || port > 65_535))
    return problem('has an Endpoint whose port is none (1 to 65535)');
  const shown = givenPort === undefined ? givenHost : `${givenHost}:${givenPort}`;
  return { kind: 'read', value: { host, port, givenHost: shown } };
}

function authorizationOf(parts: ConnectionStringParts): Read<string> {
  const [name, key, signature] = ['sharedaccesskeyname', 'sharedaccesskey', 'sharedaccesssignature'].map(
    (part) => parts.get(part),
  );
  if (signature !== undefined) {
    if (name !== undefined || key !== undefined) {
      return problem('has SharedAccessSignature and SharedAccessKey: leave one of them out');
    }
    const token = /^(?:SharedAccessSignature\s+)?(?<token>\S+)$/i.exec(signature)?.groups?.['token'] ?? '';
    if (!/(^|&)sr=/i.test(token) || !/(^|&)sig=/i.test(token)) {
      return problem(
        'has a SharedAccessSignature that is not "SharedAccessSignature sr=...&sig=...&se=...&skn=..."',
      );
    }
    return { kind: 'read', value: `SharedAccessSignature=SharedAccessSignature ${token}` };
  }
  if (name === undefined || key === undefined) {
    return problem('has neither SharedAccessKeyName with SharedAccessKey nor SharedAccessSignature');
  }
  return { kind: 'read', value: `SharedAccessKeyName=${name};SharedAccessKey=${key}` };
}
