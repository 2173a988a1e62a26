import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { orderWebhook } from '../../../examples/order-webhook.ts';
import { thermostat } from '../../../examples/thermostat-typed.ts';
import { warehouse } from '../../../examples/warehouse-batch.ts';
import { runHandler, testEvent } from '../../../src/testing.ts';

describe('the order webhook', () => {
  it('posts every order with its key and retries a server that fails', async (t) => {
    const api = await orderApi(t, [503, 200, 409]);
    const run = await runHandler(orderWebhook(api.url), [
      testEvent({ body: { order: 1 }, partitionKey: 'customer-1' }),
      testEvent({ body: { order: 2 }, partitionKey: 'customer-1' }),
    ]);
    assert.equal(run.handled.length, 2);
    assert.deepEqual(
      api.requests.map(({ body }) => body),
      ['{"order":1}', '{"order":1}', '{"order":2}'],
    );
    const [first, again, second] = api.requests.map(({ key }) => key);
    assert.equal(first, again);
    assert.notEqual(first, second);
  });

  it('gives an order up that the API will never take', async (t) => {
    const api = await orderApi(t, [422]);
    const run = await runHandler(orderWebhook(api.url), [testEvent({ body: {} })]);
    assert.deepEqual(
      run.deadLetters.map(({ reason, error, attempts }) => ({ reason, error, attempts })),
      [{ reason: 'permanent', error: 'the order API answered 422', attempts: 1 }],
    );
  });

  it('does not start without an address', async () => {
    await assert.rejects(runHandler(orderWebhook(''), []), /ORDER_API_URL is not a URL/);
  });
});

describe('the warehouse', () => {
  it('stores each reading once, however often it is delivered', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'warehouse-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'readings.db');
    const readings = Array.from({ length: 1000 }, (_, index) =>
      testEvent({ body: { sensor: `s-${index % 7}`, celsius: index } }),
    );
    await runHandler(warehouse(file), readings);
    const again = await runHandler(warehouse(file), [...readings, testEvent({ body: { sensor: 7 } })]);

    assert.equal(again.handled.length, 1000);
    assert.deepEqual(
      again.deadLetters.map(({ reason, error }) => ({ reason, error })),
      [{ reason: 'handler', error: 'not a reading: { sensor, celsius }' }],
    );
    const database = new DatabaseSync(file);
    t.after(() => database.close());
    assert.deepEqual(
      { ...database.prepare('select count(*) as rows, sum(celsius) as sum from reading').get() },
      { rows: 1000, sum: 499_500 },
    );
  });
});

describe('the thermostat', () => {
  it('warns with typed data and sends what does not fit to the dead letters', async () => {
    const at = '2026-01-31T12:00:30Z';
    const run = await runHandler(thermostat(80), [
      testEvent({ body: { device: 'd', celsius: 21, takenAt: at } }),
      testEvent({ body: { device: 'd', celsius: 99, takenAt: at } }),
      testEvent({ body: { device: 'd', celsius: -300, takenAt: at } }),
      testEvent({ body: { device: '', celsius: 'hot', takenAt: at } }),
    ]);
    assert.deepEqual(run.logs, [
      {
        level: 'warn',
        message: 'too hot',
        details: { sequenceNumber: 1, attempt: 1, device: 'd', celsius: 99, minute: '2026-01-31T12:00' },
      },
    ]);
    assert.deepEqual(
      run.handled.map(({ sequenceNumber }) => sequenceNumber),
      [0, 1],
    );
    assert.deepEqual(
      Object.fromEntries(run.deadLetters.map(({ event, reason }) => [event.sequenceNumber, reason])),
      {
        2: 'handler',
        3: 'invalid',
      },
    );
    assert.match(
      run.deadLetters.find(({ reason }) => reason === 'invalid')?.error ?? '',
      /device: .*celsius: /,
    );
  });
});

async function orderApi(
  t: TestContext,
  answers: readonly number[],
): Promise<{ url: string; requests: { key: string | undefined; body: string }[] }> {
  const requests: { key: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      response.writeHead(answers[requests.length] ?? 200).end();
      requests.push({
        key: typeof key === 'string' ? key : undefined,
        body: Buffer.concat(chunks).toString(),
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/orders`, requests };
}
