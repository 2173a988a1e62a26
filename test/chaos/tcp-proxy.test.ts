// The fault tools themselves: a proxy that does not do what it says would make every chaos verdict worthless.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** An echo server behind a proxy, and a client through it. */
async function startEcho(t: TestContext): Promise<{ proxy: TcpProxy; client: Socket; served: Socket[] }> {
  const served: Socket[] = [];
  const server = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: address.port });
  const client = connect(proxy.port, '127.0.0.1');
  t.after(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  await once(client, 'connect');
  return { proxy, client, served };
}

async function echo(client: Socket, text: string): Promise<string> {
  const answer = once(client, 'data');
  client.write(text);
  const [chunk] = (await answer) as [Buffer];
  return chunk.toString();
}

/** Whether nothing arrives for so long: the one thing that can only be shown by waiting. */
async function isSilent(client: Socket, forMs: number): Promise<boolean> {
  let isHeard = false;
  const hear = (): void => void (isHeard = true);
  client.once('data', hear);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  client.removeListener('data', hear);
  return !isHeard;
}

test('forwards both directions', async (t) => {
  const { client } = await startEcho(t);
  assert.equal(await echo(client, 'one'), 'one');
});

test('a cut resets both sides', async (t) => {
  const { proxy, client, served } = await startEcho(t);
  await echo(client, 'one');
  const clientError = once(client, 'error');
  const serverClosed = new Promise((resolve) => served[0]?.once('close', resolve));
  proxy.cut();
  const [error] = (await clientError) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
  await serverClosed;
});

test('a frozen connection stays open, carries nothing, and delivers what it held once restored', async (t) => {
  const { proxy, client } = await startEcho(t);
  await echo(client, 'one');
  proxy.freeze();
  client.write('two');
  assert.ok(await isSilent(client, 100));
  assert.equal(client.destroyed, false);
  const answer = once(client, 'data');
  proxy.restore();
  const [held] = (await answer) as [Buffer];
  assert.equal(held.toString(), 'two');
});

test('a connection made while frozen is accepted and silent', async (t) => {
  const { proxy } = await startEcho(t);
  proxy.freeze();
  const late = connect(proxy.port, '127.0.0.1');
  t.after(() => late.destroy());
  await once(late, 'connect');
  late.write('x');
  assert.ok(await isSilent(late, 100));
});

test('one connection can be frozen while another goes on', async (t) => {
  const { proxy, client } = await startEcho(t);
  await echo(client, 'one');
  const [first] = proxy.connections;
  assert.ok(first !== undefined);
  first.freeze();
  const other = connect(proxy.port, '127.0.0.1');
  t.after(() => other.destroy());
  assert.equal(await echo(other, 'other'), 'other');
  client.write('two');
  assert.ok(await isSilent(client, 50));
});

test('delays each direction and keeps the order', async (t) => {
  const { proxy, client } = await startEcho(t);
  await echo(client, 'one');
  proxy.delay(60);
  const startedMs = performance.now();
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  for (const digit of '0123456789') {
    client.write(digit);
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (received.length < 10) await once(client, 'data');
  assert.equal(received, '0123456789');
  assert.ok(performance.now() - startedMs >= 120);
});

test('refuses live and new connections', async (t) => {
  const { proxy, client } = await startEcho(t);
  await echo(client, 'one');
  const gone = once(client, 'error');
  proxy.refuse();
  await gone;
  const next = connect(proxy.port, '127.0.0.1');
  const [error] = (await once(next, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
});
