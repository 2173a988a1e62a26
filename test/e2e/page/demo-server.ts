// The HTTP server on a demo group, for the browser tests, the screenshots and for looking at the page by hand:
//   node test/e2e/page/demo-server.ts     (PORT, default 8099)

import { startHttp } from '../../../src/http/server.ts';
import type { HttpOptions, HttpServer } from '../../../src/http/server.ts';
import { realClock } from '../../support/real-clock.ts';
import { DemoGroup } from './demo-group.ts';

export async function startDemo(
  size: { partitions: number; workers: number },
  changes: Partial<HttpOptions> = {},
): Promise<HttpServer> {
  const group = new DemoGroup({ ...size, nowMs: () => Date.now() });
  return startHttp({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    status: () => group.status(),
    history: group,
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('') },
    identity: {
      version: '0.1.0',
      workerId: group.status().workerId,
      namespace: 'contoso.servicebus.windows.net',
      eventHub: 'orders',
      consumerGroup: 'fulfilment',
    },
    configuration: [
      {
        name: 'EVENTHUB_CONNECTION_STRING',
        value: 'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKey=***',
      },
      { name: 'EVENTHUB_NAME', value: 'orders' },
      { name: 'EVENTHUB_CONSUMER_GROUP', value: 'fulfilment' },
      { name: 'CHECKPOINT_CONTAINER', value: 'checkpoints' },
      { name: 'ORDERING', value: 'key' },
      { name: 'CONCURRENCY', value: '64' },
      { name: 'START_POSITION', value: 'earliest' },
      { name: 'LOG_LEVEL', value: 'info' },
    ],
    partitionEnds: () => Promise.resolve(group.ends()),
    ...changes,
  });
}

if (import.meta.main) {
  const http = await startDemo({ partitions: 32, workers: 8 }, { port: Number(process.env['PORT'] ?? 8099) });
  console.log(http.url);
  // A test that started this process gets the address, and for each message the CPU time spent so far, in ms.
  process.send?.(http.url);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
  });
}
