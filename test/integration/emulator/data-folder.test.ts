// Hubs and events over a restart, seen by the official client; health without a token.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { EmulatorOptions } from '../../../src/emulator/index.ts';
import { HUB, consumerFor, emulatorFor, producerFor, take } from './emulator-fixture.ts';

async function optionsFor(t: TestContext): Promise<EmulatorOptions & { readonly dataFolder: string }> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'emulator-data-'));
  t.after(() => rm(dataFolder, { recursive: true }));
  return { port: 0, hubs: [{ name: HUB, partitionCount: 4 }], dataFolder };
}

test('a consumer goes on after a restart where it was, on events that were sent before and after', async (t) => {
  const options = await optionsFor(t);
  const before = await startEmulator(options);
  const producer = producerFor(before);
  for (const body of ['one', 'two', 'three']) await producer.sendBatch([{ body }], { partitionId: '2' });
  const [first] = await take(consumerFor(before), '2', 1);
  const properties = await producer.getPartitionProperties('2');
  const { createdOn } = await producer.getEventHubProperties();
  await producer.close();
  await before.close();

  const after = await emulatorFor(t, options);
  const again = producerFor(after);
  assert.deepEqual(await again.getPartitionProperties('2'), properties);
  assert.deepEqual((await again.getEventHubProperties()).createdOn, createdOn);
  await again.sendBatch([{ body: 'four' }], { partitionId: '2' });
  const startPosition = { offset: first?.offset ?? '' };
  const events = await take(consumerFor(after), '2', 3, { startPosition });
  assert.deepEqual(
    events.map(({ body, sequenceNumber }) => [body, sequenceNumber]),
    [
      ['two', 1],
      ['three', 2],
      ['four', 3],
    ],
  );
});

test('a hub that was re-created is new after a restart too, and partitions that were added stay', async (t) => {
  const options = await optionsFor(t);
  const before = await startEmulator(options);
  before.hub(HUB).append('0', { body: 'gone' });
  before.recreateHub(HUB);
  before.hub(HUB).append('0', { body: 'new' });
  before.addPartitions(HUB, 2);
  await before.close();
  const after = await emulatorFor(t, options);
  assert.equal(after.hub(HUB).partitions.length, 6);
  assert.equal((await take(consumerFor(after), '0', 1))[0]?.body, 'new');
});

test('a directory that is in use ends the start, and one that cannot start leaves it free', async (t) => {
  const options = await optionsFor(t);
  const first = await emulatorFor(t, options);
  await assert.rejects(startEmulator(options), { name: 'DataFolderError' });
  const other = { ...options, dataFolder: join(options.dataFolder, 'other') };
  await assert.rejects(startEmulator({ ...other, port: first.port }), { code: 'EADDRINUSE' });
  const second = await startEmulator(other);
  await second.close();
});

test('an event that cannot be written is refused, and accepted when it can be', async (t) => {
  const options = await optionsFor(t);
  const emulator = await emulatorFor(t, options);
  const producer = producerFor(emulator);
  const partition = join(options.dataFolder, 'hubs', HUB, '0');
  await rm(partition, { recursive: true });
  await assert.rejects(producer.sendBatch([{ body: 'lost' }], { partitionId: '0' }), {
    code: 'InternalServerError',
    message: /could not be written/,
  });
  assert.equal(emulator.hub(HUB).partition('0').eventCount, 0);
  await mkdir(partition);
  await producer.sendBatch([{ body: 'kept' }], { partitionId: '0' });
  assert.equal((await take(consumerFor(emulator), '0', 1))[0]?.body, 'kept');
});

test('GET /health needs no token, on its own port and on the control port, and nothing else is there without one', async (t) => {
  const emulator = await emulatorFor(t, { health: { port: 0 }, control: { port: 0 } });
  for (const port of [emulator.healthPort, emulator.controlPort]) {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: 'healthy', message: 'Service is healthy.' });
    assert.notEqual((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status, 200);
    assert.notEqual((await fetch(`http://127.0.0.1:${port}/status`)).status, 200);
  }
});
