// The emulator as a process with a data directory, killed while a publisher sends.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventHubProducerClient } from '@azure/event-hubs';
import { startEmulator } from '../../src/emulator/index.ts';
import { until } from '../chaos/until.ts';
import { exitCodeOf, runCommand, startCommand } from '../support/processes.ts';

test('what a publisher was told is accepted is there after a kill -9', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-data-'));
  t.after(() => rm(folder, { recursive: true }));
  const args = ['emulator', '--hub', 'orders:1', '--port', '0', '--data', folder];
  const emulator = await startCommand(t, args, {});
  const connectionString = (): string | undefined =>
    /^EVENTHUB_CONNECTION_STRING=(.*)$/m.exec(emulator.log())?.[1];
  await until('the emulator listens', 20_000, () => connectionString() !== undefined);

  const second = await runCommand(t, args, {}, 20_000);
  assert.equal(second.exitCode, 2);
  assert.match(second.output, /--data: .* is in use by another emulator/);

  const retryOptions = { maxRetries: 0, timeoutInMs: 2000 };
  const producer = new EventHubProducerClient(`${connectionString()};EntityPath=orders`, { retryOptions });
  let accepted = 0;
  const batch = Array.from({ length: 50 }, (_, index) => ({ body: index }));
  setTimeout(() => emulator.kill(), 1500);
  try {
    for (;;) {
      await producer.sendBatch(batch, { partitionId: '0' });
      accepted += batch.length;
    }
  } catch {
    // The connection went with the process.
  }
  await exitCodeOf(emulator, 5000);
  assert.ok(accepted > 0);

  const hubs = [{ name: 'orders', partitionCount: 1 }];
  const again = await startEmulator({ hubs, dataFolder: folder });
  t.after(() => again.close());
  const { eventCount, lastSequenceNumber } = again.hub('orders').partition('0');
  assert.ok(eventCount >= accepted, `${eventCount} of ${accepted} are there`);
  assert.equal(lastSequenceNumber, eventCount - 1);
});

test('every problem of a Config.json is told at once, with exit code 2', async (t) => {
  const both = await runCommand(t, ['emulator', '--hub', 'a:1', '--config', 'package.json'], {}, 20_000);
  assert.equal(both.exitCode, 2);
  const { exitCode, output } = await runCommand(t, ['emulator', '--config', 'package.json'], {}, 20_000);
  assert.equal(exitCode, 2);
  assert.match(output, /--config package\.json: UserConfig: it is missing/);
});
