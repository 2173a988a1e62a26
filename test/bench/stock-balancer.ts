// What the SDK's own load balancing does when a second consumer joins while handlers run: repeats the measurement behind
// docs/decisions/0001. Two stock consumers, the emulator, Azurite.
//
//   node test/bench/stock-balancer.ts [--seconds 40] [--handler-ms 3000] [--strategy greedy] [--interval-ms 1000]
//                                     [--expiry-ms 5000] [--partitions 4] [--spread 0.5] [--seed 1] [--json]
//
// --spread 0.5: each batch takes between half and one and a half of --handler-ms, as handlers do; 0: always the same.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { startEmulator } from '../../src/emulator/index.ts';
import { storageThrough } from '../chaos/connection-strings.ts';
import { StorageProxy } from '../chaos/storage-proxy.ts';
import { StoreLog } from '../chaos/store-log.ts';
import { startAzurite } from '../support/azurite.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startStockConsumer } from './stock-consumer.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '40' },
    'handler-ms': { type: 'string', default: '3000' },
    strategy: { type: 'string', default: 'greedy' },
    'interval-ms': { type: 'string', default: '1000' },
    'expiry-ms': { type: 'string', default: '5000' },
    partitions: { type: 'string', default: '4' },
    spread: { type: 'string', default: '0.5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const partitionCount = Number(values.partitions);
const strategy = values.strategy === 'balanced' ? 'balanced' : 'greedy';
const eventsPerSecond = 1;
const spread = Number(values.spread);
const random = new SeededRandom(Number(values.seed));
const container = 'checkpoints';

const storeLog = new StoreLog();
const azurite = await startAzurite();
const proxy = await StorageProxy.start(azurite.port, { observe: (exchange) => storeLog.add(exchange) });
const emulator = await startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount }] });
const storage = storageThrough(azurite.connectionString, proxy.port);
await BlobServiceClient.fromConnectionString(storage).getContainerClient(container).create();

const hub = emulator.hub('orders');
const runsOfEvent = new Map<string, number>();
const errors = new Map<string, number>();
const start = (name: string): ReturnType<typeof startStockConsumer> =>
  startStockConsumer({
    name,
    eventHubConnectionString: emulator.connectionString(),
    eventHub: 'orders',
    storageConnectionString: storage,
    container,
    strategy,
    updateIntervalMs: Number(values['interval-ms']),
    expiryMs: Number(values['expiry-ms']),
    handlerMs: () => Number(values['handler-ms']) * (1 + spread * (2 * random.next() - 1)),
    onBatch: (_, partitionId, sequenceNumbers) => {
      for (const sequenceNumber of sequenceNumbers) {
        const event = `${partitionId}/${sequenceNumber}`;
        runsOfEvent.set(event, (runsOfEvent.get(event) ?? 0) + 1);
      }
    },
    onError: (_, __, error) => errors.set(error.name, (errors.get(error.name) ?? 0) + 1),
  });

/** How often the partition's receiver at the broker was another consumer's than before. */
const takeovers = new Map<string, number>();
const seated = new Map<string, string>();
const watch = setInterval(() => {
  for (const partitionId of hub.partitionIds) {
    const [receiver] = hub.receivers(partitionId);
    if (receiver === undefined) continue;
    const former = seated.get(partitionId);
    seated.set(partitionId, receiver.name);
    if (former === undefined || former === receiver.name) continue;
    takeovers.set(partitionId, (takeovers.get(partitionId) ?? 0) + 1);
  }
}, 5);
const load = setInterval(() => {
  for (const partitionId of hub.partitionIds) {
    hub.append(partitionId, { body: Buffer.from('{}') });
  }
}, 1000 / eventsPerSecond);

const first = start('first');
await delay(5_000);
const second = start('second');
await delay((seconds - 5) * 1000);
clearInterval(load);
clearInterval(watch);

const runs = [...runsOfEvent.values()];
const result = {
  settings: { ...values, eventsPerSecond },
  handledEvents: runs.reduce((total, count) => total + count, 0),
  distinctEvents: runs.length,
  duplicates: runs.reduce((total, count) => total + count - 1, 0),
  ownershipMoves: storeLog.moves(0).length - partitionCount,
  takeoversAtTheBroker: [...takeovers.values()].reduce((total, count) => total + count, 0),
  takeoversOfOnePartition: Math.max(0, ...takeovers.values()),
  checkpointWrites: storeLog.checkpoints.length,
  checkpointRegressions: countRegressions(storeLog),
  errorsTold: Object.fromEntries(errors),
};
console.log(values.json ? JSON.stringify(result) : result);

await Promise.all([first.close(), second.close()]);
await emulator.close();
await proxy.close();
await azurite.stop();
process.exit(0);

function countRegressions(log: StoreLog): number {
  const highest = new Map<string, number>();
  let regressions = 0;
  for (const { partitionId, sequenceNumber } of log.checkpoints) {
    const before = highest.get(partitionId) ?? -1;
    if (sequenceNumber < before) regressions += 1;
    highest.set(partitionId, Math.max(before, sequenceNumber));
  }
  return regressions;
}
