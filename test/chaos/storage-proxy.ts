// An HTTP proxy in front of Azurite that counts every operation, shows each answered write to an observer, and injects
// the faults of a storage account: 503 bursts, answers lost after the commit, requests that are never answered.
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { monotonicMs } from './monotonic-time.ts';

/** The operations as Azure bills them. */
export type StorageOperation =
  | 'ListBlobs'
  | 'SetBlobMetadata'
  | 'PutBlob'
  | 'GetBlob'
  | 'GetBlobProperties'
  | 'DeleteBlob'
  | 'other';

/** One request that Azurite answered, whether or not the answer reached the client. */
export interface StorageExchange {
  /** Time of Azurite's answer on the machine's monotonic clock. */
  readonly atMs: number;
  readonly operation: StorageOperation;
  /** Container and blob, decoded. */
  readonly path: string;
  readonly status: number;
  readonly ifMatch: string | undefined;
  readonly etag: string | undefined;
  /** x-ms-meta-* of the request without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export type StorageFault =
  /** 503 ServerBusy without asking Azurite. */
  | 'busy'
  /** Azurite commits, the client's connection dies before the answer. */
  | 'lost-answer'
  /** Nothing ever comes back. */
  | 'silent';

export interface StorageProxyOptions {
  /** Uniform in [0, 1): decides which requests a fault hits. */
  readonly random?: () => number;
  readonly observe?: (exchange: StorageExchange) => void;
}

export class StorageProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #upstreamPort: number;
  readonly #options: StorageProxyOptions;
  readonly #counts = new Map<StorageOperation, number>();
  #fault: { readonly kind: StorageFault; readonly share: number } | undefined;

  private constructor(server: Server, port: number, upstreamPort: number, options: StorageProxyOptions) {
    this.#server = server;
    this.port = port;
    this.#upstreamPort = upstreamPort;
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 256 });
    server.on('request', (incoming, outgoing) => this.#pass(incoming, outgoing));
  }

  static async start(upstreamPort: number, options: StorageProxyOptions = {}): Promise<StorageProxy> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no TCP address.');
    return new StorageProxy(server, address.port, upstreamPort, options);
  }

  /** Requests that came in since the start or the last reset, failed ones too: they are billed as well. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  resetCounts(): void {
    this.#counts.clear();
  }

  /** Hits that share of the requests until it is cleared. */
  inject(kind: StorageFault, share = 1): void {
    this.#fault = { kind, share };
  }

  clear(): void {
    this.#fault = undefined;
  }

  /** Cuts every live connection, also those that wait in silence. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const operation = operationOf(incoming);
    this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1);
    const fault = this.#faultOfThis();
    incoming.on('error', () => undefined);
    if (fault === 'silent') {
      incoming.resume();
      return;
    }
    if (fault === 'busy') {
      incoming.resume();
      answerBusy(outgoing);
      return;
    }
    const upstream = request(
      {
        host: '127.0.0.1',
        port: this.#upstreamPort,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        agent: this.#agent,
      },
      (answer) => {
        this.#options.observe?.(exchangeOf(incoming, answer, operation));
        if (fault === 'lost-answer') {
          answer.resume();
          incoming.socket.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('error', () => outgoing.destroy());
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => incoming.socket.destroy());
    incoming.pipe(upstream);
  }

  #faultOfThis(): StorageFault | undefined {
    if (this.#fault === undefined) return undefined;
    const random = this.#options.random ?? Math.random;
    return random() < this.#fault.share ? this.#fault.kind : undefined;
  }
}

function answerBusy(outgoing: ServerResponse): void {
  outgoing.writeHead(503, { 'x-ms-error-code': 'ServerBusy', 'content-type': 'application/xml' });
  outgoing.end(
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>',
  );
}

function operationOf(incoming: IncomingMessage): StorageOperation {
  const query = new URL(incoming.url ?? '/', 'http://proxy').searchParams;
  const component = query.get('comp');
  if (component === 'list') return 'ListBlobs';
  if (query.get('restype') !== null) return 'other';
  if (incoming.method === 'PUT') {
    if (component === 'metadata') return 'SetBlobMetadata';
    return component === null ? 'PutBlob' : 'other';
  }
  if (component !== null) return 'other';
  if (incoming.method === 'GET') return 'GetBlob';
  if (incoming.method === 'HEAD') return 'GetBlobProperties';
  return incoming.method === 'DELETE' ? 'DeleteBlob' : 'other';
}

function exchangeOf(
  incoming: IncomingMessage,
  answer: IncomingMessage,
  operation: StorageOperation,
): StorageExchange {
  const { pathname } = new URL(incoming.url ?? '/', 'http://proxy');
  // The first part is the account: Azurite's URLs are path style.
  const path = decodeURIComponent(pathname).split('/').slice(2).join('/');
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name.startsWith('x-ms-meta-')) metadata[name.slice('x-ms-meta-'.length)] = String(value);
  }
  return {
    atMs: monotonicMs(),
    operation,
    path,
    status: answer.statusCode ?? 0,
    ifMatch: incoming.headers['if-match'],
    etag: answer.headers.etag,
    metadata,
  };
}
