// The Java SDK's EventProcessorClient with its blob checkpoint store, on the emulator and Azurite: one processor, then two.

import assert from 'node:assert/strict';
import { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { startEmulator } from '../../../src/emulator/index.ts';
import { startAzurite } from '../../support/azurite.ts';
import { mustRun } from '../command.ts';
import type { SuiteRun } from '../suite-report.ts';
import { javaProgram } from './peer.ts';
import { outcomeOf } from './peer-suites.ts';

const partitionCount = 8;
const containerName = 'processors';
const host = '127.0.0.62';

const reportSchema = z.strictObject({
  /** Events sent to each partition. */
  each: z.number(),
  partitions: z.array(
    z.strictObject({
      handled: z.number(),
      distinct: z.number(),
      /** An event came before an earlier one had come. */
      skipsAhead: z.boolean(),
    }),
  ),
});

export async function runJavaProcessors(): Promise<SuiteRun> {
  const startedMs = performance.now();
  const [file, args] = await javaProgram('Processors');
  const azurite = await startAzurite();
  const emulator = await startEmulator({ host, port: 5672, hubs: [{ name: 'orders', partitionCount }] });
  try {
    const connectionString = emulator.connectionString('orders');
    const programArgs = [...args, connectionString, azurite.connectionString, containerName];
    const { stdout } = await mustRun(file, programArgs, { timeoutMs: 150_000 });
    const { each, partitions } = reportSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
    const checkpoints = await checkpointedNumbers(azurite.connectionString);
    return {
      suite: 'Java EventProcessorClient and blob store, our program',
      version: '5.20.4, 1.20.8',
      tests: [
        outcomeOf('a second processor takes half of the partitions while events flow', () =>
          assert.equal(partitions.length, partitionCount),
        ),
        outcomeOf('every event is handled', () =>
          assert.deepEqual(
            partitions.map(({ distinct }) => distinct),
            partitions.map(() => each),
          ),
        ),
        outcomeOf('no event is handled before an earlier one', () =>
          assert.ok(partitions.every(({ skipsAhead }) => !skipsAhead)),
        ),
        outcomeOf('a move repeats at most what was not yet checkpointed', () =>
          // Ten events per checkpoint, and each partition moves a few times at most.
          assert.ok(partitions.every(({ handled }) => handled <= each + 100)),
        ),
        outcomeOf('every checkpoint stands at the last event', () =>
          assert.deepEqual(
            checkpoints,
            Array.from({ length: partitionCount }, (_, id) => [String(id), String(each - 1)]),
          ),
        ),
      ],
      gaps: [],
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    await emulator.close();
    await azurite.stop();
  }
}

/** Partition and sequence number of every checkpoint, as other readers of the store see them. */
async function checkpointedNumbers(connectionString: string): Promise<(readonly [string, string])[]> {
  const container = new ContainerClient(connectionString, containerName);
  const found: (readonly [string, string])[] = [];
  const prefix = `${host}/orders/$default/checkpoint/`;
  for await (const { name, metadata } of container.listBlobsFlat({ prefix, includeMetadata: true })) {
    found.push([name.slice(prefix.length), metadata?.['sequencenumber'] ?? '']);
  }
  return found;
}
