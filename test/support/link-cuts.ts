// A stream of events over links that are cut again and again, in turn by a reset of the connection, a detach of the links and a
// higher receiver's refusal to go on: what arrives must be every event once and in order, and memory must not grow.

import { ClientFactory } from '../../src/azure/credentials.ts';
import { AzureEventSource } from '../../src/azure/event-source.ts';
import type { ReceivePath } from '../../src/azure/sdk-connection.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import type { LinkListener } from '../../src/engine/ports.ts';
import { realClock } from './real-clock.ts';

export interface LinkCutsOptions {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly cutEverySeconds: number;
  readonly partitions: number;
  readonly path: ReceivePath;
}

export interface LinkCutsResult {
  readonly sent: number;
  readonly cuts: number;
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  readonly ended: number;
  readonly faults: number;
  /** The longest time without an event. */
  readonly longestGapMs: number;
  /** Heap after collection, after the first fifth and at the end; 0 without --expose-gc. */
  readonly heapBytes: readonly [number, number];
}

const hub = 'orders';
const tickMs = 20;

export async function cutLinks(options: LinkCutsOptions): Promise<LinkCutsResult> {
  const { partitions, path } = options;
  const emulator = await startEmulator({
    port: 0,
    hubs: [{ name: hub, partitionCount: partitions, retentionBytes: 4 * 1024 * 1024 }],
  });
  const access = {
    namespace: '127.0.0.1',
    eventHub: hub,
    credentials: { kind: 'connection-string', connectionString: emulator.connectionString() },
    transport: 'amqp',
  } as const;
  const source = new AzureEventSource(
    {
      ...access,
      consumerGroup: '$Default',
      workerId: 'w',
      maxBatchSize: 250,
      prefetchEvents: 1000,
      prefetchBytes: 16 * 1024 * 1024,
      receivePath: path,
    },
    {
      clients: await ClientFactory.create({ eventHub: access }),
      clock: realClock,
      random: { next: Math.random },
    },
  );
  const tally = { received: 0, lost: 0, repeated: 0, ended: 0, faults: 0, longestGapMs: 0 };
  let lastMs = performance.now();
  for (let id = 0; id < partitions; id += 1) {
    let last = -1;
    const listener: LinkListener = {
      receive: async ({ events }) => {
        for (const { sequenceNumber } of events) {
          if (sequenceNumber <= last) tally.repeated += 1;
          else {
            tally.lost += sequenceNumber - last - 1;
            last = sequenceNumber;
            tally.received += 1;
          }
        }
        if (events.length === 0) return;
        tally.longestGapMs = Math.max(tally.longestGapMs, performance.now() - lastMs);
        lastMs = performance.now();
      },
      fault: () => void (tally.faults += 1),
      ended: () => void (tally.ended += 1),
    };
    source.open(
      { partitionId: String(id), generation: 1, start: { sequenceNumber: -1, offset: '-1' } },
      listener,
    );
  }
  const body = Buffer.alloc(200, 'x');
  const view = emulator.hub(hub);
  const startMs = performance.now();
  let sent = 0;
  let cuts = 0;
  let heapBefore = 0;
  for (let seconds = 0; seconds < options.seconds; seconds = (performance.now() - startMs) / 1000) {
    for (; sent < seconds * options.eventsPerSecond; sent += 1)
      view.append(String(sent % partitions), { body });
    if (seconds / options.cutEverySeconds > cuts + 1) {
      cuts += 1;
      if (cuts % 2 === 0) emulator.faults.detachLinks({ role: 'receiver' });
      else emulator.faults.dropConnections();
    }
    if (heapBefore === 0 && seconds > options.seconds / 5) heapBefore = heapBytes();
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  for (let waited = 0; tally.received < sent && waited < 30_000; waited += tickMs) {
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  const result = { ...tally, lost: tally.lost + (sent - tally.received - tally.lost), sent, cuts };
  const heapAfter = heapBytes();
  await source.close();
  await emulator.close();
  return { ...result, heapBytes: [heapBefore, heapAfter] };
}

function heapBytes(): number {
  const collect: unknown = Reflect.get(globalThis, 'gc');
  if (typeof collect !== 'function') return 0;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
