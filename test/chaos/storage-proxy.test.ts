// The storage proxy: what it counts, what it shows, and what each fault leaves behind in the store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { BlobServiceClient, StorageRetryPolicyType } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { startAzurite, uniqueContainerName } from '../support/azurite.ts';
import { storageThrough } from './connection-strings.ts';
import { StorageProxy } from './storage-proxy.ts';
import type { StorageExchange } from './storage-proxy.ts';

async function startStore(
  t: TestContext,
): Promise<{ proxy: StorageProxy; container: ContainerClient; exchanges: StorageExchange[] }> {
  const exchanges: StorageExchange[] = [];
  const azurite = await startAzurite();
  const proxy = await StorageProxy.start(azurite.port, { observe: (exchange) => exchanges.push(exchange) });
  t.after(async () => {
    await proxy.close();
    await azurite.stop();
  });
  const service = BlobServiceClient.fromConnectionString(
    storageThrough(azurite.connectionString, proxy.port),
    { retryOptions: { maxTries: 1, retryPolicyType: StorageRetryPolicyType.FIXED } },
  );
  const container = service.getContainerClient(uniqueContainerName());
  await container.create();
  proxy.resetCounts();
  exchanges.length = 0;
  return { proxy, container, exchanges };
}

test('counts operations and shows the writes with their metadata', async (t) => {
  const { proxy, container, exchanges } = await startStore(t);
  const blob = container.getBlockBlobClient('ns/hub/$default/checkpoint/0');
  await blob.upload('', 0);
  await blob.setMetadata({ sequencenumber: '5' });
  await blob.getProperties();
  for await (const _ of container.listBlobsFlat({ prefix: 'ns/' }));
  assert.deepEqual(proxy.counts(), { PutBlob: 1, SetBlobMetadata: 1, GetBlobProperties: 1, ListBlobs: 1 });
  const write = exchanges.find((exchange) => exchange.operation === 'SetBlobMetadata');
  assert.equal(write?.path, `${container.containerName}/ns/hub/$default/checkpoint/0`);
  assert.equal(write?.status, 200);
  assert.equal(write?.metadata['sequencenumber'], '5');
});

test('a busy store answers 503 ServerBusy and changes nothing', async (t) => {
  const { proxy, container } = await startStore(t);
  const blob = container.getBlockBlobClient('a');
  proxy.inject('busy');
  await assert.rejects(blob.upload('', 0), { statusCode: 503, code: 'ServerBusy' });
  proxy.clear();
  assert.equal(await blob.exists(), false);
});

test('a lost answer is committed although the client sees an error', async (t) => {
  const { proxy, container } = await startStore(t);
  const blob = container.getBlockBlobClient('a');
  proxy.inject('lost-answer');
  await assert.rejects(blob.upload('', 0));
  proxy.clear();
  assert.equal(await blob.exists(), true);
});

test('a silent store never answers', async (t) => {
  const { proxy, container } = await startStore(t);
  proxy.inject('silent');
  await assert.rejects(
    container.getBlockBlobClient('a').upload('', 0, { abortSignal: AbortSignal.timeout(200) }),
    { name: 'AbortError' },
  );
});
