import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { it } from 'node:test';
import type { TestContext } from 'node:test';

interface Collector {
  readonly url: string;
  readonly received: { readonly path: string; readonly body: Buffer }[];
}

async function startCollector(t: TestContext): Promise<Collector> {
  const received: Collector['received'] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ path: request.url ?? '', body });
      response.end();
    });
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, received };
}

/** A process of its own: the tracer is registered for a whole process, and reads the environment itself. */
const traceOneCall = `
  const { startTracing } = await import('./src/telemetry/tracing.ts');
  const identity = { version: '1', workerId: 'w-1', namespace: 'ns', eventHub: 'orders', consumerGroup: 'g' };
  const beganMs = performance.now();
  const tracing = await startTracing({
    environment: process.env, identity, redact: (text) => text, warn: (text) => console.log('warning', text) });
  const handler = tracing.trace({ onEvent: () => {} });
  const event = { enqueuedAt: new Date(), properties: {}, body: new Uint8Array(1), sequenceNumber: 1 };
  await handler.onEvent(event, { partitionId: '0', attempt: 1 });
  await tracing.stop();
  console.log(JSON.stringify({ ms: performance.now() - beganMs }));
  // As the command line does: what is still on its way to a dead collector is not waited for.
  process.exit();
`;

async function run(environment: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', traceOneCall],
      {
        env: { PATH: process.env['PATH'], ...environment },
        cwd: `${import.meta.dirname}/../../..`,
        timeout: 60_000,
      },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr, { cause: error })),
    );
  });
}

it('sends spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, under the service name given', async (t) => {
  const { url, received } = await startCollector(t);
  await run({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'order-worker' });
  assert.equal(received.length, 1);
  assert.equal(received[0]?.path, '/v1/traces');
  const text = received[0]?.body.toString('latin1') ?? '';
  for (const part of ['process orders', 'order-worker', 'messaging.system', 'eventhubs']) {
    assert.ok(text.includes(part), part);
  }
});

it('stops within its deadline although the collector does not answer', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    const output = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${address.port}` });
    const { ms } = JSON.parse(output);
    assert.ok(ms < 9000, `${ms} ms`);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});
