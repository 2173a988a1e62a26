// As many links on one connection as a large hub has partitions: no warning of listeners, all of them receive.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  accessTo,
  emulatorWith,
  fromStart,
  range,
  RecordingListener,
  sourceFor,
  until,
} from './source-fixture.ts';

test('520 links on one connection warn of nothing, before and after a cut', async (t) => {
  const warnings: string[] = [];
  const keep = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', keep);
  t.after(() => process.removeListener('warning', keep));
  const partitions = range(520).map(String);
  const emulator = await emulatorWith(t, partitions.length);
  const source = await sourceFor(t, accessTo(emulator.connectionString()));
  const listener = new RecordingListener();
  for (const partitionId of partitions) {
    append(emulator, partitionId, 1);
    source.open({ partitionId, generation: 1, start: fromStart }, listener);
  }
  await until('an event of each', () => listener.events.length === partitions.length, 60_000);
  emulator.faults.dropConnections();
  for (const partitionId of partitions) append(emulator, partitionId, 1);
  await until('another one of each', () => listener.events.length === 2 * partitions.length, 60_000);
  assert.deepEqual(warnings, []);
});
