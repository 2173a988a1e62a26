// What a person is told when the environment is wrong: one clear line and an exit code, or patience where it may heal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf, runCommand, startCommand } from '../../support/processes.ts';
import { Stack } from './stack.ts';

test('a wrong environment ends in one clear line that says what to do', async (t) => {
  const stack = await Stack.start(t, 2);
  const environment = { ...stack.environment, HANDLER: 'discard', WORKER_ID: 'w1' };
  const cases: readonly {
    readonly name: string;
    readonly changes: Readonly<Record<string, string>>;
    readonly exitCode: number;
    readonly says: RegExp;
  }[] = [
    {
      name: 'no connection string at all',
      changes: { EVENTHUB_CONNECTION_STRING: '' },
      exitCode: 2,
      says: /EHW_BAD_CONFIGURATION: .*\n {2}EVENTHUB_CONNECTION_STRING is not set/,
    },
    {
      name: 'an unknown event hub',
      changes: { EVENTHUB_NAME: 'payments' },
      exitCode: 1,
      says: /EHW_EVENT_HUB_NOT_FOUND: The namespace has no event hub named payments/,
    },
    {
      name: 'a wrong key of Event Hubs',
      changes: {
        EVENTHUB_CONNECTION_STRING: stack.eventHubConnectionString.replace(
          'SharedAccessKey=SAS_KEY_VALUE',
          'SharedAccessKey=d3Jvbmc=',
        ),
      },
      exitCode: 1,
      says: /EHW_EVENT_HUB_UNAUTHORIZED: Event Hubs refused the credentials/,
    },
    {
      name: 'a missing container',
      changes: { CHECKPOINT_CONTAINER: 'not-there' },
      exitCode: 1,
      says: /EHW_CONTAINER_NOT_FOUND: The storage account has no container named not-there\. Create it, or change CHECKPOINT_CONTAINER/,
    },
    {
      name: 'a wrong key of the storage account',
      changes: {
        STORAGE_CONNECTION_STRING: stack.storageConnectionString.replace(
          /AccountKey=[^;]+/,
          'AccountKey=d3Jvbmc=',
        ),
      },
      exitCode: 1,
      says: /EHW_STORAGE_UNAUTHORIZED: Blob Storage refused the credentials/,
    },
    {
      name: 'a handler that is no handler',
      changes: { HANDLER: 'src/cli/version.ts' },
      exitCode: 2,
      says: /EHW_BAD_HANDLER: HANDLER src\/cli\/version\.ts cannot be used: the module has no default export/,
    },
    {
      name: 'a port that is taken',
      changes: {
        HTTP_PORT: /BlobEndpoint=http:\/\/[^:]+:(\d+)/.exec(stack.storageConnectionString)?.[1] ?? '',
      },
      exitCode: 1,
      says: /EHW_PORT_TAKEN: Port \d+ on 127\.0\.0\.1 is taken\. Set HTTP_PORT/,
    },
  ];
  for (const { name, changes, exitCode, says } of cases) {
    await t.test(name, async (t) => {
      const run = await runCommand(t, ['run'], { ...environment, ...changes });
      assert.match(run.output, says);
      assert.equal(run.exitCode, exitCode, run.output);
      assert.doesNotMatch(run.output, /\n +at .*\(.*:\d+:\d+\)/, 'no stack');
    });
  }
});

test('an unknown consumer group is told in one clear line, and waited for: whoever creates it need not restart anything', async (t) => {
  const stack = await Stack.start(t, 2);
  const worker = await startCommand(t, ['run'], {
    ...stack.environment,
    HANDLER: 'discard',
    WORKER_ID: 'w1',
    EVENTHUB_CONSUMER_GROUP: 'audit',
  });
  await worker.logged(/partition 0: Event hub orders has no consumer group named audit\. Create it/, 30_000);
  assert.ok(worker.isRunning);
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 20_000), 0);
});

test('G8: an unreachable event hub is waited for, and said so', async (t) => {
  const stack = await Stack.start(t, 2);
  const worker = await startCommand(t, ['run'], {
    ...stack.environment,
    HANDLER: 'discard',
    WORKER_ID: 'w1',
    EVENTHUB_CONNECTION_STRING: stack.eventHubConnectionString.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
  });
  await worker.logged(/EHW_EVENT_HUB_UNREACHABLE|cannot be reached/, 60_000);
  assert.ok(worker.isRunning);
  worker.terminate();
  assert.equal(await exitCodeOf(worker, 20_000), 0);
});
