// How much of a core the emulator takes per event, so that a worker's benchmark can tell its own limit from the emulator's.
//   node test/bench/emulator-throughput.ts [--events 1000000] [--size 1024] [--partitions 16] [--rounds 3]
// The emulator runs in a process of its own. Three ways, interleaved, median and spread printed:
//   sink      a socket that reads and forgets: what the emulator can deliver
//   consumer  the official consumer client, body not parsed
//   producer  the official producer client, batches of 500
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import { startEmulator } from '../../src/emulator/index.ts';
import { openSink } from './raw-amqp-sink.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    events: { type: 'string', default: '1000000' },
    size: { type: 'string', default: '1024' },
    partitions: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
  },
});
const eventCount = Number(values.events);
const bodyBytes = Number(values.size);
const partitionCount = Number(values.partitions);

interface Measured {
  readonly eventsPerSecond: number;
  readonly emulatorMicrosPerEvent: number;
}

async function serve(): Promise<void> {
  const emulator = await startEmulator({
    port: 0,
    hubs: [
      { name: 'full', partitionCount, retentionBytes: 8 * 1024 ** 3 },
      { name: 'sent', partitionCount, retentionBytes: 1024 ** 2 },
    ],
  });
  const full = emulator.hub('full');
  const body = Buffer.alloc(bodyBytes, 'x');
  for (let index = 0; index < eventCount; index += 1) full.append(String(index % partitionCount), { body });
  const bytes = full.partitions.reduce((sum, partition) => sum + partition.byteCount, 0);
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ connectionString: emulator.connectionString(), bytes });
}

async function cpuMicros(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [usage] = (await once(child, 'message')) as [NodeJS.CpuUsage];
  return usage.user + usage.system;
}

async function measure(child: ChildProcess, events: number, run: () => Promise<void>): Promise<Measured> {
  const cpuBefore = await cpuMicros(child);
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = (await cpuMicros(child)) - cpuBefore;
  return { eventsPerSecond: events / seconds, emulatorMicrosPerEvent: cpu / events };
}

async function receiveAll(connectionString: string): Promise<void> {
  const client = new EventHubConsumerClient('$Default', connectionString, 'full');
  const done = Promise.withResolvers<void>();
  let received = 0;
  const subscription = client.subscribe(
    {
      processEvents: async (events) => {
        received += events.length;
        if (received >= eventCount) done.resolve();
      },
      processError: async (error) => done.reject(error),
    },
    {
      startPosition: earliestEventPosition,
      maxBatchSize: 500,
      prefetchCount: 1000,
      skipParsingBodyAsJson: true,
    },
  );
  await done.promise;
  await subscription.close();
  await client.close();
}

async function sendAll(connectionString: string, events: number): Promise<void> {
  const client = new EventHubProducerClient(connectionString, 'sent');
  const event = { body: Buffer.alloc(bodyBytes, 'x') };
  for (let sent = 0; sent < events;) {
    const batch = await client.createBatch();
    for (let index = 0; index < 500 && sent < events && batch.tryAdd(event); index += 1) sent += 1;
    await client.sendBatch(batch);
  }
  await client.close();
}

function summary(name: string, runs: readonly Measured[]): string {
  const spread = (pick: (run: Measured) => number, digits: number): string => {
    const sorted = runs.map(pick).sort((a, b) => a - b);
    const text = (at: number): string => (sorted[at] ?? 0).toFixed(digits);
    return `${text(Math.floor(sorted.length / 2))} (${text(0)} - ${text(sorted.length - 1)})`;
  };
  const rate = spread((run) => run.eventsPerSecond, 0);
  const cpu = spread((run) => run.emulatorMicrosPerEvent, 2);
  return `${name.padEnd(9)} ${rate.padStart(28)} events/s   ${cpu.padStart(22)} us of emulator CPU per event`;
}

async function main(): Promise<void> {
  const child = fork(new URL(import.meta.url), ['--serve', ...process.argv.slice(2)]);
  const [ready] = (await once(child, 'message')) as [{ connectionString: string; bytes: number }];
  const runs = { sink: [] as Measured[], consumer: [] as Measured[], producer: [] as Measured[] };
  const sent = Math.min(eventCount, 100_000);
  console.log(
    `${eventCount} events of ${bodyBytes} bytes in ${partitionCount} partitions, Node ${process.version}; median (lowest - highest) of ${values.rounds}`,
  );
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const sink = await openSink(ready.connectionString, 'full', partitionCount);
    runs.sink.push(await measure(child, eventCount, () => sink.read(ready.bytes)));
    await sleep(500);
    runs.consumer.push(await measure(child, eventCount, () => receiveAll(ready.connectionString)));
    await sleep(500);
    runs.producer.push(await measure(child, sent, () => sendAll(ready.connectionString, sent)));
  }
  console.log(summary('sink', runs.sink));
  console.log(summary('consumer', runs.consumer));
  console.log(summary('producer', runs.producer));
  child.disconnect();
  // The SDK leaves timers behind that would hold this process for minutes.
  process.exit(0);
}

await (values.serve ? serve() : main());
