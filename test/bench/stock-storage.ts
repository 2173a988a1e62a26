// Counts what the stock SDK's load balancing asks of the store at rest: so many consumers, no events, a counting proxy
// in front of Azurite. Used by storage-operations.ts, which sets our own count beside it.
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { startEmulator } from '../../src/emulator/index.ts';
import { storageThrough } from '../chaos/connection-strings.ts';
import { StorageProxy } from '../chaos/storage-proxy.ts';
import { StoreLog } from '../chaos/store-log.ts';
import { until } from '../chaos/until.ts';
import { startAzurite } from '../support/azurite.ts';
import { startStockConsumer } from './stock-consumer.ts';

export interface StorageCount {
  readonly measuredMs: number;
  readonly operations: Readonly<Record<string, number>>;
  readonly perHour: number;
}

export interface CountOptions {
  readonly consumers: number;
  readonly partitions: number;
  /** Expiry: how long a dead owner keeps its partitions. */
  readonly leaseMs: number;
  /** Between two looks at the group. */
  readonly tickMs: number;
  readonly seconds: number;
}

export async function countStockOperations(options: CountOptions): Promise<StorageCount> {
  const storeLog = new StoreLog();
  const azurite = await startAzurite();
  const proxy = await StorageProxy.start(azurite.port, { observe: (exchange) => storeLog.add(exchange) });
  const emulator = await startEmulator({
    port: 0,
    hubs: [{ name: 'orders', partitionCount: options.partitions }],
  });
  const storage = storageThrough(azurite.connectionString, proxy.port);
  await BlobServiceClient.fromConnectionString(storage).getContainerClient('checkpoints').create();
  const consumers = Array.from({ length: options.consumers }, (_, index) =>
    startStockConsumer({
      name: `stock-${index}`,
      eventHubConnectionString: emulator.connectionString(),
      eventHub: 'orders',
      storageConnectionString: storage,
      container: 'checkpoints',
      // The strategy changes how fast they balance, not what a balanced group costs.
      strategy: 'greedy',
      updateIntervalMs: options.tickMs,
      expiryMs: options.leaseMs,
      handlerMs: () => 0,
    }),
  );
  const share = options.partitions / options.consumers;
  await until('the stock consumers are balanced', 120_000, () => {
    const counts = Map.groupBy(storeLog.owners(), ([, owner]) => owner);
    return counts.size === options.consumers && [...counts.values()].every((owned) => owned.length === share);
  });
  // One more round, so that nothing of the balancing is counted.
  await delay(options.tickMs);
  const count = await countFor(options.seconds, [proxy]);
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await emulator.close();
  await proxy.close();
  await azurite.stop();
  return count;
}

/** Counts what goes through the proxies for so long. */
export async function countFor(seconds: number, proxies: readonly StorageProxy[]): Promise<StorageCount> {
  for (const proxy of proxies) proxy.resetCounts();
  const startedMs = performance.now();
  await delay(seconds * 1000);
  const measuredMs = performance.now() - startedMs;
  const operations: Record<string, number> = {};
  for (const proxy of proxies) {
    for (const [operation, count] of Object.entries(proxy.counts())) {
      operations[operation] = (operations[operation] ?? 0) + count;
    }
  }
  const total = Object.values(operations).reduce((sum, count) => sum + count, 0);
  return { measuredMs, operations, perHour: Math.round((total * 3_600_000) / measuredMs) };
}
