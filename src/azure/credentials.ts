// How clients of Event Hubs and of Blob Storage are authorised: a connection string, or whatever identity the machine has.
// Clients are made here and nowhere else, so that every one of them has deadlines, few tries and the chosen transport.

import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import type { EventHubClientOptions, RetryOptions } from '@azure/event-hubs';
import type { TokenCredential } from '@azure/identity';
import { AnonymousCredential, BlobServiceClient } from '@azure/storage-blob';
import type { StoragePipelineOptions } from '@azure/storage-blob';
import { WebSocket } from 'ws';
import { readIdentityToken } from './identity-token.ts';
import type { IdentityToken } from './identity-token.ts';
import { ProxyAgent } from './proxy-agent.ts';
import type { ProxyAddress } from './proxy-agent.ts';

export type EventHubCredentials =
  /** As the SDK spells it; an EntityPath must be `eventHub` letter by letter. */
  { readonly kind: 'connection-string'; readonly connectionString: string } | { readonly kind: 'identity' };

export interface EventHubAccess {
  /** Host name of the namespace. */
  readonly namespace: string;
  readonly eventHub: string;
  readonly credentials: EventHubCredentials;
  readonly transport: 'amqp' | 'websockets';
  /** For WebSockets; absent: none. */
  readonly proxy?: ProxyAddress | undefined;
}

export type StorageCredentials =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  /** The account's name, or the address of its blob endpoint. */
  | { readonly kind: 'identity'; readonly accountUrl: string };

/** Storage answers within milliseconds; what takes longer than a lease tick is worth a new try, not more patience. */
const storagePipeline: StoragePipelineOptions = {
  retryOptions: { maxTries: 2, tryTimeoutInMs: 5000, retryDelayInMs: 250, maxRetryDelayInMs: 1000 },
  keepAliveOptions: { enable: true },
};

/** Makes the clients of one process; the identity and its token cache are shared among them. */
export class ClientFactory {
  readonly #identity: TokenCredential | undefined;

  private constructor(identity: TokenCredential | undefined) {
    this.#identity = identity;
  }

  /** The identity library is loaded only when it is needed: it costs a third of a second. */
  static async create(needs: {
    readonly eventHub?: EventHubAccess;
    readonly storage?: StorageCredentials;
  }): Promise<ClientFactory> {
    const address = addressForIdentity(needs);
    if (address === undefined) return new ClientFactory(undefined);
    const { DefaultAzureCredential } = await import('@azure/identity');
    const authorityHost = authorityOf(address);
    return new ClientFactory(
      new DefaultAzureCredential(authorityHost === undefined ? {} : { authorityHost }),
    );
  }

  consumer(
    access: EventHubAccess,
    options: {
      readonly consumerGroup: string;
      readonly identifier: string;
      readonly retryOptions: RetryOptions;
    },
  ): EventHubConsumerClient {
    const { eventHub, credentials } = access;
    const { consumerGroup, identifier, retryOptions } = options;
    // The SDK writes its defaults into the object it is given: never share one.
    const clientOptions = { ...transportOptions(access), identifier, retryOptions: { ...retryOptions } };
    return credentials.kind === 'connection-string'
      ? new EventHubConsumerClient(consumerGroup, credentials.connectionString, eventHub, clientOptions)
      : new EventHubConsumerClient(
          consumerGroup,
          namespaceHost(access.namespace),
          eventHub,
          this.#requireIdentity(),
          clientOptions,
        );
  }

  producer(access: EventHubAccess, retryOptions: RetryOptions): EventHubProducerClient {
    const { eventHub, credentials } = access;
    const clientOptions = { ...transportOptions(access), retryOptions: { ...retryOptions } };
    return credentials.kind === 'connection-string'
      ? new EventHubProducerClient(credentials.connectionString, eventHub, clientOptions)
      : new EventHubProducerClient(
          namespaceHost(access.namespace),
          eventHub,
          this.#requireIdentity(),
          clientOptions,
        );
  }

  storage(credentials: StorageCredentials): BlobServiceClient {
    // The SDK writes the proxy into the options it is given: never share one.
    return credentials.kind === 'connection-string'
      ? BlobServiceClient.fromConnectionString(credentials.connectionString, { ...storagePipeline })
      : new BlobServiceClient(accountUrl(credentials.accountUrl), this.#requireIdentity(), storagePipeline);
  }

  /** Of an account whose answers count whatever they say. */
  anonymous(url: string): BlobServiceClient {
    return new BlobServiceClient(url.replace(/\?.*$/s, ''), new AnonymousCredential(), {
      ...storagePipeline,
    });
  }

  /** Throws when no identity can be found or it is refused. */
  identityToken(scope: string, signal: AbortSignal): Promise<IdentityToken> {
    return readIdentityToken(this.#requireIdentity(), scope, signal);
  }

  #requireIdentity(): TokenCredential {
    if (this.#identity === undefined) throw new Error('ClientFactory.create was not told of this identity');
    return this.#identity;
  }
}

/** The namespace as its blobs are filed: the host in lower case, without a port. */
export function namespaceHost(namespace: string): string {
  return namespace.toLowerCase().replace(/:\d+$/, '');
}

export function accountUrl(account: string): string {
  return /^https?:\/\//i.test(account) ? account : `https://${account}.blob.core.windows.net`;
}

/** The sign-in host of a sovereign cloud, told by the address; undefined: the public cloud's, or AZURE_AUTHORITY_HOST. */
export function authorityOf(address: string): string | undefined {
  if (/\.(usgovcloudapi\.net)(:|\/|$)/i.test(address)) return 'https://login.microsoftonline.us';
  if (/\.(chinacloudapi\.cn)(:|\/|$)/i.test(address)) return 'https://login.chinacloudapi.cn';
  return undefined;
}

function addressForIdentity(needs: {
  readonly eventHub?: EventHubAccess;
  readonly storage?: StorageCredentials;
}): string | undefined {
  if (needs.eventHub?.credentials.kind === 'identity') return namespaceHost(needs.eventHub.namespace);
  return needs.storage?.kind === 'identity' ? accountUrl(needs.storage.accountUrl) : undefined;
}

function transportOptions({ transport, proxy }: EventHubAccess): EventHubClientOptions {
  if (transport === 'amqp') return {};
  const constructorOptions = proxy === undefined ? {} : { agent: new ProxyAgent(proxy) };
  return { webSocketOptions: { webSocket: WebSocket, webSocketConstructorOptions: constructorOptions } };
}
