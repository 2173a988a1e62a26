// The connection string of a storage account, as any of the official SDKs would take it, in the one form that this program
// hands on. Read for it: StorageConnectionString (.NET and Java), parse_connection_str (Python), ParseConnectionString (Go's
// azblob), extractConnectionStringParts (JavaScript). Only what concerns blobs is kept.

import { problem, readParts } from './connection-string.ts';
import type { ConnectionStringParts, Read } from './connection-string.ts';

export interface StorageString {
  /** In the JavaScript SDK's own spelling, with an explicit BlobEndpoint. */
  readonly text: string;
  /** Without a slash at its end. */
  readonly blobEndpoint: string;
}

interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly query: string;
}

/** Published with Azurite and in every SDK: no secret. */
const developmentAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  port: 10_000,
} as const;

export function readStorageString(given: string): Read<StorageString> {
  if (/^https?:/i.test(given.trim())) {
    return problem(
      'is an address, not a connection string: put BlobEndpoint= before it when it ends with a signature (?sv=...)',
    );
  }
  const read = readParts(given);
  if (read.kind === 'problem') return read;
  const parts = read.value;
  if (['endpoint', 'entitypath', 'sharedaccesskey', 'sharedaccesskeyname'].some((name) => parts.has(name))) {
    return problem('is the connection string of Event Hubs');
  }
  const development = parts.get('usedevelopmentstorage')?.toLowerCase();
  if (development === 'true') return developmentString(parts.get('developmentstorageproxyuri'));
  if (development !== undefined && development !== 'false') {
    return problem('has UseDevelopmentStorage with another value than true');
  }
  const endpoint = endpointOf(parts);
  if (endpoint.kind === 'problem') return endpoint;
  const { url, query } = endpoint.value;
  const key = parts.get('accountkey');
  if (key !== undefined) return withKey(url, parts.get('accountname') ?? accountNameIn(url), key);
  const signature = parts.get('sharedaccesssignature')?.replace(/^\?/, '') ?? query;
  if (!/(^|&)sig=/i.test(signature)) {
    return problem('has a SharedAccessSignature without sig=: take the whole token (sv=...&sig=...)');
  }
  return {
    kind: 'read',
    value: { blobEndpoint: url, text: `BlobEndpoint=${url};SharedAccessSignature=${signature}` },
  };
}

/** .NET and Java take host and scheme of the proxy's address for those of the emulator (a container beside this one). */
function developmentString(proxy: string | undefined): Read<StorageString> {
  const url = addressOf(proxy ?? 'http://127.0.0.1', 'http');
  if (url === undefined) return problem('has a DevelopmentStorageProxyUri that is no http:// address');
  const { name, key, port } = developmentAccount;
  return withKey(`${url.protocol}//${url.hostname}:${String(port)}/${name}`, name, key);
}

function endpointOf(parts: ConnectionStringParts): Read<Endpoint> {
  const protocol = parts.get('defaultendpointsprotocol')?.toLowerCase() ?? 'https';
  if (protocol !== 'https' && protocol !== 'http') {
    return problem('has DefaultEndpointsProtocol with another value than https or http');
  }
  const given = parts.get('blobendpoint');
  const name = parts.get('accountname')?.toLowerCase();
  const hasSignature = parts.has('sharedaccesssignature') || /[?&]sig=/i.test(given ?? '');
  if (!hasSignature && !(parts.has('accountkey') && (name !== undefined || given !== undefined))) {
    return problem(
      'has neither AccountName with AccountKey nor SharedAccessSignature with AccountName or BlobEndpoint',
    );
  }
  if (given !== undefined) {
    const url = addressOf(given, protocol);
    if (url === undefined) return problem('has a BlobEndpoint that is no https:// address');
    return {
      kind: 'read',
      value: { url: url.origin + url.pathname.replace(/\/+$/, ''), query: url.search.replace(/^\?/, '') },
    };
  }
  if (name === undefined) return problem('has neither AccountName nor BlobEndpoint');
  if (!/^[a-z0-9]{3,24}$/.test(name)) {
    return problem('has an AccountName that is none (3 to 24 letters and digits), and no BlobEndpoint');
  }
  const suffix = (parts.get('endpointsuffix') ?? 'core.windows.net')
    .replace(/^\.+|[./]+$/g, '')
    .toLowerCase();
  if (!/^[a-z0-9.-]+$/.test(suffix))
    return problem('has an EndpointSuffix that is no domain (core.windows.net)');
  return { kind: 'read', value: { url: `${protocol}://${name}.blob.${suffix}`, query: '' } };
}

function withKey(url: string, name: string | undefined, key: string): Read<StorageString> {
  if (name === undefined) return problem('has no AccountName');
  if (!/^[\w-]{1,64}$/.test(name))
    return problem('has an AccountName that is none (3 to 24 letters and digits)');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.replace(/=+$/, '').length % 4 === 1) {
    return problem('has an AccountKey that is not base64: it was cut, or changed on its way');
  }
  const protocol = url.slice(0, url.indexOf(':'));
  // Requests are signed with the name: the service knows it in lower case, an emulator as it was given.
  const account = new URL(url).hostname.startsWith(`${name.toLowerCase()}.`) ? name.toLowerCase() : name;
  const text = `DefaultEndpointsProtocol=${protocol};AccountName=${account};AccountKey=${key};BlobEndpoint=${url}`;
  return { kind: 'read', value: { blobEndpoint: url, text } };
}

/** Of the service's own hosts (account.blob...), and of an address with the account in its path. */
function accountNameIn(url: string): string | undefined {
  const { hostname, pathname } = new URL(url);
  const [label, service] = hostname.split('.');
  if (service === 'blob') return label;
  const first = pathname.split('/')[1];
  return first === '' ? undefined : first;
}

function addressOf(given: string, protocol: string): URL | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `${protocol}://${given}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  return url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
}
