// `npm start`: what a newcomer sees first.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { until } from '../chaos/until.ts';
import { exitCodeOf, runCommand, startCommand, statusOf } from '../support/processes.ts';

const freePorts = { LOCAL_EVENTHUB_PORT: '0', LOCAL_STORAGE_PORT: '0', HTTP_PORT: '0' };

test('the whole system runs on embedded defaults, says where to look, and ends within seconds on Ctrl-C', async (t) => {
  const local = await startCommand(t, ['local'], { ...freePorts, LOCAL_PARTITIONS: '4' });
  const [, url = ''] = await local.logged(/status {3}(http:\S+)\/status/, 60_000);
  await local.logged(/handled [1-9][\d,]* \(.*partitions 4\/4/, 60_000);
  for (const path of ['/', '/status', '/metrics', '/livez', '/readyz']) {
    assert.equal(await statusOf(url + path), 200, path);
  }
  const startedMs = performance.now();
  process.kill(local.pid, 'SIGINT');
  assert.equal(await exitCodeOf(local, 15_000), 0);
  t.diagnostic(`ended after ${(performance.now() - startedMs).toFixed(0)} ms`);
  assert.doesNotMatch(local.log(), /sending fails|unexpected/);
});

for (const [variable, blocked] of [
  ['LOCAL_EVENTHUB_PORT', 'the Event Hubs emulator'],
  ['LOCAL_STORAGE_PORT', 'the blob emulator'],
  ['HTTP_PORT', 'the worker'],
] as const) {
  test(`a taken port of ${blocked} is named together with ${variable}`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    t.after(() => void server.close());
    await until('a port is taken', 5000, () => server.listening);
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { exitCode, output } = await runCommand(t, ['local'], { ...freePorts, [variable]: port });
    assert.equal(exitCode, 1, output);
    assert.match(
      output,
      new RegExp(`EHW_PORT_TAKEN: Port ${port} on 127\\.0\\.0\\.1 is taken\\. Set ${variable}`),
    );
  });
}
