/**
 * GET /health, which anybody may ask: container orchestrators, test frameworks.
 * Honoured: path, status and body of the official emulator's health check, on whatever port; it listens when every other
 *   listener does, so there is nothing to say 503 about.
 * Source: EventHub-Emulator/Schema/HealthCheckApiSchema.md of github.com/Azure/azure-event-hubs-emulator-installer.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../transport/listener.ts';
import type { Listener } from '../transport/listener.ts';

/** Answers a request for the health, and is false for every other. */
export function answerHealth({ method, url = '/' }: IncomingMessage, response: ServerResponse): boolean {
  const isAsked = (method === 'GET' || method === 'HEAD') && /^\/health\/?(?:\?|$)/.test(url);
  if (!isAsked) return false;
  const body = { status: 'healthy', message: 'Service is healthy.' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  return true;
}

/** A port with the health alone: nothing can be changed through it, nothing else read. */
export async function listenHealth(host: string, port: number): Promise<Listener> {
  const server = createServer((request, response) => {
    if (!answerHealth(request, response)) response.writeHead(404).end();
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
