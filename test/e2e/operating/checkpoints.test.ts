// `lag` and `checkpoints` as commands, beside running workers.

import assert from 'node:assert/strict';
import { readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { uniqueContainerName } from '../../support/azurite.ts';
import { exitCodeOf, runCommand } from '../../support/processes.ts';
import { HandledFile } from '../worker/handled-file.ts';
import { Stack } from '../worker/stack.ts';

interface Change {
  readonly partitionId: string;
  readonly from: number;
  readonly to: { readonly sequenceNumber: number };
  readonly repeatedEvents: number;
  readonly skippedEvents: number;
}

/** The JSON among the output; notes on standard error stand beside it. */
function jsonIn(output: string): unknown {
  const start = output.search(/^[[{]/m);
  return JSON.parse(output.slice(start, output.search(/^[\]}]/m) + 1 || undefined).trim());
}

async function changesOf(t: TestContext, stack: Stack, args: readonly string[]): Promise<readonly Change[]> {
  const { exitCode, output } = await runCommand(
    t,
    ['checkpoints', ...args, '--json'],
    stack.environment,
    120_000,
  );
  assert.equal(exitCode, 0, output);
  return jsonIn(output) as readonly Change[];
}

test('G3: a reset while two workers run repeats exactly what its dry run says, and loses nothing', async (t) => {
  const stack = await Stack.start(t, 4);
  const handled = await HandledFile.create(t);
  await stack.worker({ ...handled.environment, WORKER_ID: 'w1' });
  await stack.worker({ ...handled.environment, WORKER_ID: 'w2' });
  await stack.send(1_200, 0);
  await stack.untilCheckpointed(30_000);
  const before = await handled.ids();
  assert.equal(new Set(before).size, 1_200);
  assert.equal(before.length, 1_200);

  const refused = await runCommand(t, ['checkpoints', 'reset', '--to', 'earliest'], stack.environment);
  assert.equal(refused.exitCode, 2, refused.output);
  assert.match(refused.output, /Live workers hold partitions: .*--force-release/);

  const target = ['reset', '--to', 'sequence:100', '--partition', '0', '2'];
  const planned = await changesOf(t, stack, [...target, '--dry-run']);
  assert.deepEqual(await stack.checkpoints(), await stack.ends(), 'a dry run changes nothing');
  const ends = await stack.ends();
  const expected = ['0', '2'].reduce((sum, id) => sum + (ends.get(id) ?? 0) - 99, 0);
  assert.equal(
    planned.reduce((sum, change) => sum + change.repeatedEvents, 0),
    expected,
  );

  const sending = stack.send(600, 1_200);
  const done = await changesOf(t, stack, [...target, '--force-release']);
  await sending;
  assert.deepEqual(
    done.map(({ to }) => to.sequenceNumber),
    [99, 99],
  );
  await stack.untilCheckpointed(60_000);
  const ids = await handled.ids();
  assert.equal(new Set(ids).size, 1_800, 'nothing is lost');
  // Traffic goes on between the dry run and the reset: what came in between and was handled is repeated as well.
  const repeatedByReset = done.reduce((sum, change) => sum + change.repeatedEvents, 0);
  assert.equal(ids.length - 1_800, repeatedByReset, 'exactly what was asked for is repeated');
  assert.ok(repeatedByReset >= expected);
});

test('reset to a time begins with the first event at or after it', async (t) => {
  const stack = await Stack.start(t, 2);
  const handled = await HandledFile.create(t);
  const worker = await stack.worker({ ...handled.environment, WORKER_ID: 'w1' });
  await stack.send(200, 0);
  await stack.untilCheckpointed(30_000);
  const firstEnds = await stack.ends();
  const between = new Date(Date.now() + 5).toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await stack.send(200, 200);
  await stack.untilCheckpointed(30_000);
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 30_000), 0);

  const done = await changesOf(t, stack, ['reset', '--to', between]);
  assert.deepEqual(new Map(done.map(({ partitionId, to }) => [partitionId, to.sequenceNumber])), firstEnds);
  assert.deepEqual(
    (await stack.leases()).map(({ ownerId }) => ownerId),
    ['', ''],
    'the borrowed leases are free again',
  );
});

test('export and import bring checkpoints back to where they were', async (t) => {
  const stack = await Stack.start(t, 2);
  const handled = await HandledFile.create(t);
  const worker = await stack.worker({ ...handled.environment, WORKER_ID: 'w1' });
  await stack.send(100, 0);
  await stack.untilCheckpointed(30_000);
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 30_000), 0);
  const folder = await mkdtemp(join(tmpdir(), 'eventhub-worker-'));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'checkpoints.json');
  const exported = await runCommand(t, ['checkpoints', 'export', '--file', file], stack.environment);
  assert.equal(exported.exitCode, 0, exported.output);
  const before = await stack.checkpoints();
  await changesOf(t, stack, ['reset', '--to', 'earliest']);
  assert.notDeepEqual(await stack.checkpoints(), before);
  await changesOf(t, stack, ['import', '--file', file]);
  assert.deepEqual(await stack.checkpoints(), before);

  await writeFile(file, (await readFile(file, 'utf8')).replace('"sequenceNumber": ', '"sequenceNumber": "x'));
  const broken = await runCommand(t, ['checkpoints', 'import', '--file', file], stack.environment);
  assert.equal(broken.exitCode, 2, broken.output);
});

test('checkpoints of other programs are taken over from each of the five layouts', async (t) => {
  const stack = await Stack.start(t, 2);
  await stack.send(200, 0);
  const service = BlobServiceClient.fromConnectionString(stack.storageConnectionString);
  const body = (fields: object): string => JSON.stringify(fields);
  const layouts: readonly {
    readonly layout: string;
    readonly path: (id: string) => string;
    readonly content: (at: number) => string;
    readonly metadata?: (at: number) => Record<string, string>;
  }[] = [
    {
      layout: 'azureFunction',
      path: (id) => `127.0.0.1/orders/$Default/${id}`,
      content: (at) => body({ Offset: '-1', SequenceNumber: at, PartitionId: '0', Epoch: 1 }),
    },
    {
      layout: 'blobMetadata',
      path: (id) => `127.0.0.1/orders/$default/checkpoint/${id}`,
      content: () => '',
      metadata: (at) => ({ sequencenumber: String(at), offset: '-1' }),
    },
    {
      layout: 'goSdk',
      path: (id) => id,
      content: (at) => body({ partitionID: '0', checkpoint: { sequenceNumber: at, offset: '-1' } }),
    },
    {
      layout: 'dapr',
      path: (id) => `dapr-orders-$Default-${id}`,
      content: (at) => body({ checkpoint: { sequenceNumber: at, offset: '-1' } }),
    },
    {
      layout: 'default',
      path: (id) => `$Default/${id}`,
      content: (at) => body({ sequence_number: at, offset: '-1', partition_id: '0' }),
    },
  ];
  for (const [index, { layout, path, content, metadata }] of layouts.entries()) {
    const name = layout === 'azureFunction' ? 'azure-webjobs-eventhub' : uniqueContainerName();
    const { containerClient } = await service.createContainer(name);
    const at = 10 + index;
    for (const id of ['0', '1']) {
      const text = content(at);
      await containerClient
        .getBlockBlobClient(path(id))
        .upload(text, text.length, metadata === undefined ? {} : { metadata: metadata(at) });
    }
    const from = layout === 'azureFunction' ? [] : ['--container', name];
    await changesOf(t, stack, ['import', '--layout', layout, ...from]);
    assert.deepEqual([...(await stack.checkpoints()).values()], [at, at], layout);
  }
  const missing = await runCommand(t, ['checkpoints', 'import', '--layout', 'dapr'], stack.environment);
  assert.equal(missing.exitCode, 2, missing.output);
  assert.match(missing.output, /There is no blob dapr-orders-\$Default-0 in container/);
});

test('lag tells the same as the checkpoints and the hub, with and without a worker', async (t) => {
  const stack = await Stack.start(t, 2);
  await stack.send(300, 0);
  const none = await runCommand(t, ['lag', '--json'], stack.environment);
  assert.equal(none.exitCode, 0, none.output);
  assert.equal((jsonIn(none.output) as { lagEvents: number }).lagEvents, 300);

  const handled = await HandledFile.create(t);
  await stack.worker({ ...handled.environment, WORKER_ID: 'w1' });
  await stack.untilCheckpointed(30_000);
  const drained = await runCommand(t, ['lag'], stack.environment);
  assert.equal(drained.exitCode, 0, drained.output);
  assert.match(drained.output, /total 0 events behind, 1 live workers/);
  assert.match(drained.output, /0 +w1 +owned/);
});
