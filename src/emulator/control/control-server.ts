/** The control port: faults and views over HTTP and JSON, for commands and tests in other processes (README.md, Control). */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackName, refusalOf } from './access.ts';
import { answerHealth } from './health.ts';
import { appendAs } from './event-request.ts';
import { readFaultRule, readFaultTarget } from './fault-request.ts';
import type { Faults } from '../faults.ts';
import type { HubView } from '../hubs/hub-view.ts';
import { listen } from '../transport/listener.ts';
import type { Listener } from '../transport/listener.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** What the control port can do. */
export interface Controlled {
  readonly faults: Faults;
  hubs(namespace?: string): readonly HubView[];
  hub(name: string, namespace?: string): HubView;
  addPartitions(hub: string, count: number, namespace?: string): void;
  recreateHub(hub: string, namespace?: string): void;
  enableGeoReplication(namespace?: string): void;
  promoteSecondary(options: { readonly lostEvents: number; readonly namespace?: string }): void;
}

type Body = Record<string, unknown>;

/** `token`: what every request must bring (access.ts). */
export async function listenControl(
  host: string,
  port: number,
  token: string,
  controlled: Controlled,
): Promise<Listener> {
  const isLoopback = isLoopbackName(host.includes(':') ? `[${host}]` : host);
  const server = createServer((request, response) => {
    if (answerHealth(request, response)) return;
    const refused = refusalOf(request.headers, token, isLoopback);
    if (refused === undefined) void answer(request, response, controlled);
    else reply(response, refused.status, { error: refused.error });
  });
  const listener = await listen(server, host, port);
  return {
    port: listener.port,
    close: async () => {
      server.closeAllConnections();
      await listener.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  controlled: Controlled,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    const result = route({
      method: request.method ?? 'GET',
      path: url.pathname.split('/').slice(1).map(decodeURIComponent),
      namespace: url.searchParams.get('namespace') ?? undefined,
      body: await readBody(request),
      controlled,
    });
    if (result === undefined) {
      reply(response, 404, { error: `no such resource: ${request.method} ${request.url}` });
    } else reply(response, 200, result);
  } catch (error) {
    const status = error instanceof RangeError ? 404 : 400;
    reply(response, status, { error: error instanceof Error ? error.message : String(error) });
  }
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}

interface ControlRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly namespace: string | undefined;
  readonly body: Body;
  readonly controlled: Controlled;
}

/** Undefined: there is no such resource. Throws RangeError for a missing hub or partition, TypeError for bad input. */
function route({ method, path, namespace, body, controlled }: ControlRequest): unknown {
  const { faults } = controlled;
  const [resource, name = '', , partitionId = ''] = path;
  switch (`${method} ${resource}${shapeOf(path)}`) {
    case 'GET status':
      return { hubs: controlled.hubs(namespace).map(describe), faults: faults.list() };
    case 'GET faults':
      return faults.list();
    case 'POST faults':
      return { id: faults.inject(readFaultRule(body)).id };
    case 'DELETE faults':
      faults.clear();
      return { cleared: true };
    case 'DELETE faults/*':
      return { removed: faults.remove(Number(name)) };
    case 'DELETE connections':
      return { dropped: faults.dropConnections() };
    case 'DELETE links':
      return { detached: faults.detachLinks(readFaultTarget(body)) };
    case 'GET hubs/*':
      return describe(controlled.hub(name, namespace));
    case 'POST hubs/*/recreate':
      controlled.recreateHub(name, namespace);
      return describe(controlled.hub(name, namespace));
    case 'POST hubs/*/partitions':
      controlled.addPartitions(name, wholeNumber(body, 'count'), namespace);
      return describe(controlled.hub(name, namespace));
    case 'POST geo-replication':
      controlled.enableGeoReplication(namespace);
      return { geoReplication: true };
    case 'POST promotion':
      controlled.promoteSecondary({
        lostEvents: body['lostEvents'] === undefined ? 0 : wholeNumber(body, 'lostEvents'),
        ...(namespace === undefined ? {} : { namespace }),
      });
      return { promoted: true };
    case 'POST hubs/*/partitions/*/events':
      return { sequenceNumber: appendAs(controlled.hub(name, namespace), partitionId, body) };
    case 'POST hubs/*/partitions/*/markers':
      controlled.hub(name, namespace).appendMarkers(partitionId, wholeNumber(body, 'count'));
      return describe(controlled.hub(name, namespace));
    case 'POST hubs/*/partitions/*/compact':
      return { removed: controlled.hub(name, namespace).compact(partitionId) };
    case 'POST hubs/*/partitions/*/expire':
      return {
        expired: controlled
          .hub(name, namespace)
          .expire(partitionId, wholeNumber(body, 'beforeSequenceNumber')),
      };
    default:
      return undefined;
  }
}

/** The path behind its first word, with a star for each name: that of /hubs/orders/recreate ends in '*' and 'recreate'. */
function shapeOf(path: readonly string[]): string {
  return path
    .slice(1)
    .map((part, index) => `/${index % 2 === 0 ? '*' : part}`)
    .join('');
}

function describe(hub: HubView): unknown {
  return {
    name: hub.name,
    partitions: hub.partitions.map((partition) => ({ ...partition, receivers: hub.receivers(partition.id) })),
  };
}

function wholeNumber(body: Body, field: string): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`'${field}' must be a whole number of 0 or more`);
  }
  return value;
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new TypeError(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  if (text === '') return {};
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('the body must be a JSON object');
  }
  return { ...value };
}
