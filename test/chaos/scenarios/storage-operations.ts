// What a balanced group at rest asks of the store, ours and the stock SDK's, counted the same way one after the other.
import { setTimeout as delay } from 'node:timers/promises';
import { countFor, countStockOperations } from '../../bench/stock-storage.ts';
import { defaultLease, inFleet, measured } from './measurement.ts';
import type { Measurement } from './measurement.ts';

export interface StorageOperationsOptions {
  readonly workers: number;
  readonly partitions: number;
  readonly seconds: number;
}

export async function measureStorageOperations(options: StorageOperationsOptions): Promise<Measurement> {
  const { workers, partitions, seconds } = options;
  const { leaseMs, tickMs } = defaultLease;
  const ours = await inFleet(
    { lease: defaultLease, partitions, eventsPerSecond: 0, handlerMs: 0, seed: 1 },
    { workers },
    async (fleet) => {
      await Promise.all(fleet.slots.map((slot) => slot.start()));
      await fleet.balanced(
        fleet.slots.map(({ workerId }) => workerId),
        120_000,
      );
      // Until everybody is back at the steady pace.
      await delay(2 * tickMs);
      const proxies = fleet.slots.map((slot) => slot.storageProxy);
      return countFor(seconds, proxies);
    },
  );
  const stock = await countStockOperations({ consumers: workers, partitions, leaseMs, tickMs, seconds });
  const ratio = ours.perHour / stock.perHour;
  return measured(
    `storage operations per hour, ${workers} workers x ${partitions} partitions at rest`,
    'at most two thirds of the stock SDK with the same fail-over time',
    { 'at most two thirds': ratio <= 2 / 3 },
    {
      ours: ours.perHour,
      stock: stock.perHour,
      ratio: Math.round(ratio * 1000) / 1000,
      oursByKind: JSON.stringify(ours.operations),
      stockByKind: JSON.stringify(stock.operations),
      seconds,
    },
  );
}
