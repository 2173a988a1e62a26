// The README's handlers: they stand there word for word as in examples/readme, and they run.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import perEvent from '../../../examples/readme/per-event.ts';
import batch from '../../../examples/readme/batch.ts';
import typed from '../../../examples/readme/typed.ts';
import { runHandler, testEvent } from '../../../src/testing.ts';

test('stand in the README word for word', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  for (const name of ['per-event', 'batch', 'typed']) {
    const source = await readFile(new URL(`../../../examples/readme/${name}.ts`, import.meta.url), 'utf8');
    assert.ok(
      readme.includes(`\`\`\`ts\n${source}\`\`\``),
      `examples/readme/${name}.ts differs from the README`,
    );
  }
});

test('per event: posts each order, retries what may heal, gives up what cannot', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    request.on('end', () => {
      const isFirstTry = seen.filter((text) => text === seen.at(-1)).length === 1;
      response.statusCode = seen.at(-1) === 'bad' ? 400 : seen.at(-1) === 'flaky' && isFirstTry ? 503 : 201;
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  process.env['ORDER_API_URL'] = `http://127.0.0.1:${address.port}/orders`;
  const end = await runHandler(perEvent, [
    testEvent({ body: 'good' }),
    testEvent({ body: 'bad' }),
    testEvent({ body: 'flaky' }),
  ]);
  assert.equal(end.handled.length, 2);
  assert.deepEqual(
    end.deadLetters.map(({ reason }) => reason),
    ['permanent'],
  );
  assert.equal(seen.filter((text) => text === 'flaky').length, 2);
});

test('batch: writes many events in one call, and a result for each', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eventhub-worker-'));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  process.env['ORDERS_FILE'] = join(folder, 'orders.jsonl');
  const end = await runHandler(batch, [
    testEvent({ body: 'a' }),
    testEvent({ body: '' }),
    testEvent({ body: 'b' }),
  ]);
  assert.equal(end.handled.length, 2);
  assert.deepEqual(
    end.deadLetters.map(({ error }) => error),
    ['empty'],
  );
  assert.equal((await readFile(join(folder, 'orders.jsonl'), 'utf8')).trim().split('\n').length, 3);
});

test('typed: the function sees what fits, the rest is told why not', async () => {
  const end = await runHandler(typed, [
    testEvent({ body: { device: 'd', celsius: 99 } }),
    testEvent({ body: { device: 'd', celsius: 'hot' } }),
  ]);
  assert.equal(end.handled.length, 1);
  assert.match(end.deadLetters[0]?.error ?? '', /celsius/);
});
