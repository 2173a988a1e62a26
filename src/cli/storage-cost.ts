// What a group asks of the storage account in a month of 30 days, and what that costs. Pure arithmetic from the settings;
// test/bench/storage-operations.ts counts the same against a real store. Retries and moves come on top: they are few.

import { refreshEveryTicks } from '../engine/leases/renewal.ts';

export interface StorageUse {
  readonly workers: number;
  readonly partitions: number;
  /** TICK_MS */
  readonly tickMs: number;
  /** CHECKPOINT_EVERY_MS */
  readonly checkpointEveryMs: number;
}

/** In any currency, for 10,000 requests. */
export interface StoragePrices {
  /** List Blobs: billed as "list and create container". */
  readonly list: number;
  /** Set Blob Metadata: billed as "all other operations". */
  readonly other: number;
}

/** Requests of a month. */
export interface StorageRequests {
  readonly lists: number;
  readonly members: number;
  readonly leases: number;
  /**
   * With events in every partition all the time, written by time: a partition without events writes none, one that reaches
   * CHECKPOINT_EVERY_EVENTS sooner writes up to once a second.
   */
  readonly checkpoints: number;
}

/** Of the order of a general-purpose v2 account, hot, locally redundant, in USD; every region has its own. */
export const samplePrices: StoragePrices = { list: 0.05, other: 0.004 };

const monthMs = 30 * 24 * 3_600_000;

export function storageRequests({
  workers,
  partitions,
  tickMs,
  checkpointEveryMs,
}: StorageUse): StorageRequests {
  const ticks = monthMs / tickMs;
  return {
    lists: Math.round(workers * ticks),
    members: Math.round(workers * ticks),
    leases: Math.round((partitions * ticks) / refreshEveryTicks),
    checkpoints: Math.round((partitions * monthMs) / checkpointEveryMs),
  };
}

/** At rest, and with events in every partition all the time. */
export function storageCost(
  { lists, members, leases, checkpoints }: StorageRequests,
  prices: StoragePrices,
): { readonly atRest: number; readonly busy: number } {
  const atRest = (lists * prices.list + (members + leases) * prices.other) / 10_000;
  return { atRest, busy: atRest + (checkpoints * prices.other) / 10_000 };
}

/** One line for a log: what a month costs in requests. */
export function requestsText(use: StorageUse): string {
  const { lists, members, leases, checkpoints } = storageRequests(use);
  const atRest = lists + members + leases;
  return (
    `storage requests a month with ${use.workers} ${use.workers === 1 ? 'worker' : 'workers'} and ` +
    `${use.partitions} partitions: ${count(atRest)} at rest (${count(lists)} lists, ${count(members + leases)} writes), ` +
    `and ${count(checkpoints)} checkpoint writes with events in every partition all the time`
  );
}

/** The arithmetic, a line for each term. */
export function formulaLines(use: StorageUse, prices: StoragePrices): readonly string[] {
  const { lists, members, leases, checkpoints } = storageRequests(use);
  const { workers, partitions, tickMs, checkpointEveryMs } = use;
  const ticks = `${count(monthMs / 1_000)} s / ${tickMs / 1_000} s`;
  const price = (requests: number, per10k: number): string =>
    `${count(requests)} x ${per10k} / 10,000 = ${((requests * per10k) / 10_000).toFixed(2)}`;
  return [
    `lists: ${workers} workers x ${ticks} = ${price(lists, prices.list)}`,
    `member records: ${workers} workers x ${ticks} = ${price(members, prices.other)}`,
    `lease records: ${partitions} partitions x ${ticks} / ${refreshEveryTicks} = ${price(leases, prices.other)}`,
    `checkpoints, by time: ${partitions} partitions x ${count(monthMs / 1_000)} s / ${checkpointEveryMs / 1_000} s = ${price(checkpoints, prices.other)}`,
  ];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
