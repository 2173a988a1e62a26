// The worker's HTTP side: probes, /metrics, /status and the operator page. Read-only: every method but GET and HEAD is
// refused. It shows no secret, holds a bounded number of connections, and ends within a deadline.

import fastify from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../engine/ports.ts';
import { WorkerError } from '../engine/errors.ts';
import type { WorkerStatus } from '../engine/status.ts';
import { EventLoopProbe } from './event-loop-probe.ts';
import { judgeLive, judgeReady, judgeStarted } from './health.ts';
import type { Verdict } from './health.ts';
import { contentSecurityPolicy, readPageAssets } from './page-assets.ts';
import { PageFeed } from './page-feed.ts';
import type { ConfigurationEntry } from './page-feed.ts';
import type { RecentHistory } from './recent-history.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one; HttpServer.port tells which. */
  readonly port: number;
  readonly clock: Clock;
  /** Undefined before the worker is built: the server may start first, so that a taken port is found at once. */
  readonly status: () => WorkerStatus | undefined;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly history: RecentHistory;
  /** Who this is; goes into /status and the page as it stands. */
  readonly identity: Readonly<Record<string, string>>;
  /** Who receives the events, as the metric `receive_path` says; undefined before the first link. */
  readonly receivePath?: () => string | undefined;
  /** The effective configuration with secrets masked, for the page. */
  readonly configuration: readonly ConfigurationEntry[];
  /** Last sequence number of every partition; asked only while somebody looks at the page. */
  readonly partitionEnds?: (signal: AbortSignal) => Promise<ReadonlyMap<string, number>>;
  /** Told of a request that failed here; the client gets 500 without the reason. */
  readonly onError?: (error: unknown, path: string) => void;
}

export interface HttpServer {
  readonly port: number;
  /** For a browser on this machine. */
  readonly url: string;
  /** Ends all connections; settles within 2 s. Idempotent. */
  close(): Promise<void>;
}

const maxConnections = 128;
const closeDeadlineMs = 2000;

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** Listens and answers. Throws EHW_PORT_TAKEN, or EHW_BAD_CONFIGURATION where host or port cannot be listened on. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const probe = new EventLoopProbe(options.clock);
  const feed = new PageFeed({
    ...options,
    probe,
    about: { identity: options.identity, configuration: options.configuration },
  });
  const app = fastify({
    // The probes of a busy node come late rather than never; a client that says nothing is cut off.
    connectionTimeout: 0,
    requestTimeout: 10_000,
    keepAliveTimeout: 30_000,
    bodyLimit: 1024,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 100 },
  });
  app.server.maxConnections = maxConnections;
  await refuseWrites(app);
  routeProbes(app, options, probe);
  routeMetrics(app, options.metrics);
  await routePage(app, feed);
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'not found' }));
  app.setErrorHandler((error, request, reply) => {
    // Fastify's own refusals of a malformed request carry their 4xx; they are nothing to tell.
    const code = clientErrorCode(error);
    if (code !== undefined) return reply.code(code).send({ error: 'bad request' });
    options.onError?.(error, request.routeOptions.url ?? 'unknown');
    return reply.code(500).send({ error: 'this request failed here; the log says why' });
  });
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await app.close();
    throw listenError(cause, options);
  }
  probe.start();
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://${isAnyAddress(options.host) ? 'localhost' : bracketed(options.host)}:${port}/`,
    close: () => {
      closing ??= closeAll(app, feed, probe, options.clock);
      return closing;
    },
  };
}

async function refuseWrites(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.method === 'GET' || request.method === 'HEAD') return;
    await reply.code(405).header('allow', 'GET, HEAD').send({ error: 'this server is read-only' });
  });
}

function routeProbes(app: FastifyInstance, options: HttpOptions, probe: EventLoopProbe): void {
  const { status, identity, receivePath } = options;
  app.get('/livez', (_, reply) => answer(reply, judgeLive(status(), probe.health())));
  app.get('/readyz', (_, reply) => answer(reply, judgeReady(status())));
  app.get('/startupz', (_, reply) => answer(reply, judgeStarted(status())));
  app.get('/status', () => {
    const worker = status();
    const eventLoop = probe.health();
    const health = {
      live: judgeLive(worker, eventLoop),
      ready: judgeReady(worker),
      started: judgeStarted(worker),
    };
    return { identity, health, eventLoop, receivePath: receivePath?.() ?? null, worker: worker ?? null };
  });
}

function answer(reply: FastifyReply, verdict: Verdict): FastifyReply {
  return reply.code(verdict.ok ? 200 : 503).send(verdict);
}

/** However many ask at once, one scrape runs at a time and answers all of them. */
function routeMetrics(app: FastifyInstance, metrics: HttpOptions['metrics']): void {
  let running: Promise<string> | undefined;
  app.get('/metrics', async (_, reply) => {
    running ??= metrics.text().finally(() => {
      running = undefined;
    });
    return reply.type(metrics.contentType).send(await running);
  });
}

async function routePage(app: FastifyInstance, feed: PageFeed): Promise<void> {
  for (const { path, contentType, body } of await readPageAssets()) {
    app.get(path, (_, reply) => reply.type(contentType).send(body));
  }
  app.get('/page/events', (request, reply) => {
    if (request.method === 'HEAD') return reply.type('text/event-stream').send();
    if (feed.isFull) return reply.code(503).send({ error: 'too many pages are open' });
    reply.hijack();
    feed.open(reply.raw, securityHeaders);
    return reply;
  });
}

async function closeAll(app: FastifyInstance, feed: PageFeed, probe: EventLoopProbe, clock: Clock) {
  probe.stop();
  feed.close();
  let cancel = () => {};
  const deadline = new Promise<void>((resolve) => {
    cancel = clock.schedule(closeDeadlineMs, () => {
      app.server.closeAllConnections();
      resolve();
    });
  });
  await Promise.race([app.close(), deadline]).finally(cancel);
}

function listenError(cause: unknown, { host, port }: HttpOptions): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new WorkerError('EHW_PORT_TAKEN', { port, host, variable: 'HTTP_PORT' }, { cause });
  }
  const problem =
    code === 'EACCES'
      ? `HTTP_PORT ${port}: this process may not listen on it; ports above 1023 need no privilege.`
      : `HTTP_HOST ${host}: cannot be listened on (${String(code)}); 0.0.0.0 means every address of this machine.`;
  return new WorkerError('EHW_BAD_CONFIGURATION', { problems: problem }, { cause });
}

function clientErrorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const code = error.statusCode;
  return typeof code === 'number' && code >= 400 && code < 500 ? code : undefined;
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
