// An HTTP proxy before Azurite that changes answers: settings Azurite does not have (versioning, soft delete, a hierarchical
// namespace), promises it does not break (conditional writes), and rights it does not refuse.

import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface ProxiedAnswer {
  status: number;
  readonly headers: Headers;
  body: string;
}

/** Changes the answer in place. */
export type ChangeAnswer = (question: Question, answer: ProxiedAnswer) => void;

export class AnswerProxy {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(upstreamPort: number, change: ChangeAnswer): Promise<AnswerProxy> {
    const server = createServer((incoming, outgoing) => {
      const pass = async (): Promise<void> => {
        const { method = 'GET', url = '/', headers } = incoming;
        const body = await buffer(incoming);
        // Hop-by-hop headers are this proxy's own business; fetch makes them anew.
        const { connection: _, host: __, 'content-length': ___, ...kept } = headers;
        const upstream = await fetch(`http://127.0.0.1:${upstreamPort}${url}`, {
          method,
          headers: new Headers(Object.entries(kept).map(([name, value]) => [name, String(value)])),
          ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
        });
        const { pathname, searchParams } = new URL(url, 'http://proxy');
        const answer = {
          status: upstream.status,
          headers: new Headers(upstream.headers),
          body: await upstream.text(),
        };
        change({ method, path: decodeURIComponent(pathname), query: searchParams, headers }, answer);
        for (const name of [
          'content-length',
          'transfer-encoding',
          'connection',
          'keep-alive',
          'content-encoding',
        ]) {
          answer.headers.delete(name);
        }
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        outgoing.end(method === 'HEAD' ? undefined : answer.body);
      };
      pass().catch(() => incoming.socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no TCP address.');
    return new AnswerProxy(server, address.port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
