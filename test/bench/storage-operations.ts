// Storage operations per hour at rest, counted against Azurite: the stock SDK's load balancing and this worker's leases,
// with the same fail-over time (expiry 30 s, a look at the group every 10 s).
//
//   node test/bench/storage-operations.ts [--workers 8] [--partitions 32] [--seconds 120] [--json]
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { measureStorageOperations } from '../chaos/scenarios/storage-operations.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '8' },
    partitions: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '120' },
    json: { type: 'boolean', default: false },
  },
});

const measurement = await measureStorageOperations({
  workers: Number(values.workers),
  partitions: Number(values.partitions),
  seconds: Number(values.seconds),
});
console.log(values.json ? JSON.stringify(measurement) : measurement);
process.exitCode = measurement.holds ? 0 : 1;
// A detach of the stock client may hang for ever.
await delay(100);
process.exit();
