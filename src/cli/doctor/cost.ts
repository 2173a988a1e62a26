// Check: what the settings ask of the storage account, and what that costs. Short ticks and short checkpoint intervals are the
// usual reason for a surprising bill.

import { liveMembers } from '../../engine/leases/liveness.ts';
import { formulaLines, storageCost, storageRequests } from '../storage-cost.ts';
import type { StoragePrices, StorageUse } from '../storage-cost.ts';
import { ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const cost: Check = {
  name: 'storage cost',
  needs: ['event hub', 'checkpoint container'],
  run: async ({ config, options, readEnds, readGroup }, signal) => {
    const { view } = await readGroup(signal);
    const use: StorageUse = {
      workers: options.workers ?? Math.max(1, liveMembers(view, config.leaseMs).size),
      partitions: (await readEnds(signal)).length,
      tickMs: config.tickMs,
      checkpointEveryMs: config.engine.checkpoint.everyMs,
    };
    return judgeCost(use, options.prices);
  },
};

/** A standard account takes 20,000 requests a second; a worker that nears a hundredth of it is set up by mistake. */
const manyPerSecond = 200;
const monthSeconds = 30 * 24 * 3_600;

export function judgeCost(use: StorageUse, prices: StoragePrices): Answer {
  const requests = storageRequests(use);
  const { atRest, busy } = storageCost(requests, prices);
  const all = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const details = {
    formula: formulaLines(use, prices),
    'not counted':
      'checkpoints written sooner because CHECKPOINT_EVERY_EVENTS is reached: up to one a second in a partition',
    prices: `for 10,000 requests: ${prices.list} lists, ${prices.other} other operations; --price-list and --price-other set yours`,
  };
  const text = `About ${atRest.toFixed(2)} a month at rest, and ${busy.toFixed(2)} for ${all.toLocaleString('en')} requests with events in every partition all the time`;
  if (all / monthSeconds > manyPerSecond) {
    return warning(
      `${text}: more than ${manyPerSecond} a second, which the account's limit (20,000 a second) is shared by; raise TICK_MS or CHECKPOINT_EVERY_MS.`,
      details,
    );
  }
  return ok(`${text}.`, details);
}
