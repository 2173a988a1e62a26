import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { WorkerError } from '../../../src/engine/errors.ts';
import type { WorkerStatus } from '../../../src/engine/status.ts';
import { startHttp } from '../../../src/http/server.ts';
import type { HttpOptions, HttpServer } from '../../../src/http/server.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';
import { realClock } from '../../support/real-clock.ts';

const emptyHistory = { leaseChanges: () => [], deadLetters: () => [], lagOf: () => [] };

async function startedHttp(t: TestContext, changes: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    status: () => workerStatus(),
    metrics: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('up 1\n') },
    history: emptyHistory,
    identity: { workerId: 'w-1', version: '1.2.3' },
    configuration: [{ name: 'HTTP_PORT', value: '0' }],
    ...changes,
  });
  t.after(() => http.close());
  return http;
}

/** fetch() refuses some methods; this sends any. */
async function statusOf(url: string, method: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

function asJson(status: WorkerStatus): unknown {
  return JSON.parse(JSON.stringify(status));
}

describe('probes', () => {
  it('say 200 or 503 with the reason in the body', async (t) => {
    let status: WorkerStatus | undefined;
    const http = await startedHttp(t, { status: () => status });
    const ask = async (path: string) => {
      const response = await fetch(new URL(path, http.url));
      return [response.status, await response.json()];
    };
    const building = { ok: false, reason: 'the worker is being built' };
    assert.deepEqual(await ask('/startupz'), [503, building]);
    assert.deepEqual(await ask('/readyz'), [503, building]);
    assert.deepEqual(await ask('/livez'), [200, { ok: true, reason: 'the worker is being built' }]);
    status = workerStatus();
    assert.deepEqual(await ask('/readyz'), [200, { ok: true, reason: 'registered, 0 of 4 partitions here' }]);
    status = workerStatus({ state: 'draining' });
    assert.deepEqual(await ask('/readyz'), [503, { ok: false, reason: 'the worker is draining' }]);
    assert.deepEqual(await ask('/livez'), [200, { ok: true, reason: 'the worker is draining' }]);
  });

  it('answer HEAD, and refuse every method that writes', async (t) => {
    const http = await startedHttp(t);
    for (const path of ['livez', 'readyz', 'startupz', 'metrics', 'status', '', 'page/events']) {
      assert.equal(await statusOf(http.url + path, 'HEAD'), 200, path);
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        assert.equal(await statusOf(http.url + path, method), 405, `${method} /${path}`);
      }
    }
    assert.equal(await statusOf(`${http.url}nothing`, 'GET'), 404);
    assert.equal(await statusOf(`${http.url}%E0%A4%A`, 'GET'), 400);
  });
});

it('/status is the snapshot as JSON with the verdicts', async (t) => {
  const http = await startedHttp(t, {
    status: () => workerStatus({ partitions: [partitionStatus('2')] }),
    receivePath: () => 'transfers',
  });
  assert.deepEqual(await (await fetch(`${http.url}status`)).json(), {
    identity: { workerId: 'w-1', version: '1.2.3' },
    health: {
      live: { ok: true, reason: 'the worker is running' },
      ready: { ok: true, reason: 'registered, 1 of 4 partitions here' },
      started: { ok: true, reason: 'the worker is running' },
    },
    eventLoop: { maxLateMs: 0, starvedMs: 0 },
    receivePath: 'transfers',
    worker: asJson(workerStatus({ partitions: [partitionStatus('2')] })),
  });
});

it('runs one scrape for all who ask at once', async (t) => {
  let scrapes = 0;
  const begun = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<string>();
  const http = await startedHttp(t, {
    metrics: {
      contentType: 'text/plain',
      text: () => {
        scrapes += 1;
        begun.resolve();
        return promise;
      },
    },
  });
  // Pipelined on one connection, so that all three are parsed before the first is answered.
  const socket = connect(http.port, '127.0.0.1');
  const ask = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n';
  socket.write(`${ask}\r\n${ask}\r\n${ask}Connection: close\r\n\r\n`);
  await begun.promise;
  resolve('up 1\n');
  const answer = await text(socket);
  assert.equal(answer.match(/up 1/g)?.length, 3);
  assert.equal(scrapes, 1);
});

it('answers 500 without the reason when something here fails, and tells the log', async (t) => {
  const told: unknown[] = [];
  const http = await startedHttp(t, {
    metrics: { contentType: 'text/plain', text: () => Promise.reject(new Error('the secret reason')) },
    onError: (error, path) => told.push([error instanceof Error && error.message, path]),
  });
  const response = await fetch(`${http.url}metrics`);
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.deepEqual(told, [['the secret reason', '/metrics']]);
});

it('a taken port is EHW_PORT_TAKEN with the variable that changes it', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  assert.ok(typeof address === 'object' && address !== null);
  await assert.rejects(startedHttp(t, { port: address.port }), (error) => {
    assert.ok(error instanceof WorkerError);
    assert.equal(error.code, 'EHW_PORT_TAKEN');
    assert.match(error.message, new RegExp(`Port ${address.port} on 127.0.0.1 is taken. Set HTTP_PORT`));
    return true;
  });
});

it('a host that is not ours is a configuration error that names HTTP_HOST', async (t) => {
  await assert.rejects(startedHttp(t, { host: '192.0.2.1' }), /HTTP_HOST 192\.0\.2\.1/);
});

it('closes within its deadline although a page and a silent connection are open', async (t) => {
  const http = await startedHttp(t);
  const page = await fetch(`${http.url}page/events`);
  const socket = connect(http.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  const beganMs = performance.now();
  await Promise.all([http.close(), http.close()]);
  assert.ok(performance.now() - beganMs < 3000);
  await page.text();
  await assert.rejects(fetch(`${http.url}livez`));
});
