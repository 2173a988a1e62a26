// What the tests of the blob stores share: one Azurite per file, a container per test, and a way to look at the blobs as they are.

import { BlobServiceClient } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { BlobContainer } from '../../../src/azure/blob-container.ts';
import type { StorageRequest } from '../../../src/azure/blob-container.ts';
import { BlobGroupStore } from '../../../src/azure/blob-group-store.ts';
import { ClientFactory } from '../../../src/azure/credentials.ts';
import type { StorageCredentials } from '../../../src/azure/credentials.ts';
import { uniqueContainerName } from '../../support/azurite.ts';
import { realClock } from '../../support/real-clock.ts';

/** Capitals on purpose: every name in a path is lower case. */
export const group = {
  namespace: 'Orders-NS.servicebus.windows.net',
  eventHub: 'Orders',
  consumerGroup: '$Default',
};
export const prefix = 'orders-ns.servicebus.windows.net/orders/$default';

export interface StoreFixture {
  readonly client: ContainerClient;
  readonly container: BlobContainer;
  readonly store: BlobGroupStore;
  readonly requests: StorageRequest[];
  readonly warnings: string[];
}

export async function storeIn(
  connectionString: string,
  options: { readonly createsContainer?: boolean; readonly timeoutMs?: number } = {},
): Promise<StoreFixture> {
  const credentials: StorageCredentials = { kind: 'connection-string', connectionString };
  const clients = await ClientFactory.create({ storage: credentials });
  const name = uniqueContainerName();
  if (options.createsContainer !== false) {
    await BlobServiceClient.fromConnectionString(connectionString).getContainerClient(name).create();
  }
  const client = clients.storage(credentials).getContainerClient(name);
  const requests: StorageRequest[] = [];
  const warnings: string[] = [];
  const container = new BlobContainer({
    client,
    clock: realClock,
    variable: 'CHECKPOINT_CONTAINER',
    timeoutMs: options.timeoutMs ?? 10_000,
    onRequest: (request) => requests.push(request),
  });
  const onWarning = (text: string): void => void warnings.push(text);
  return {
    client,
    container,
    requests,
    warnings,
    store: new BlobGroupStore({ container, group, onWarning }),
  };
}

export async function metadataOf(client: ContainerClient, path: string): Promise<Record<string, string>> {
  return { ...(await client.getBlobClient(path).getProperties()).metadata };
}

export const noAbort = new AbortController().signal;
