// What the engine costs per event: the whole worker (lanes, watermark, retry bookkeeping, checkpoints) over events that are
// already in memory, or a loop that only calls the handler. Sends the CPU time per event in us to its parent.
//
//   node test/bench/overhead-process.ts <engine|loop>

import type { ReceivedEvent } from '../../src/engine/event.ts';
import { EventView } from '../../src/engine/handling/event-view.ts';
import { defineHandler } from '../../src/engine/handling/handler.ts';
import { Worker } from '../../src/engine/worker.ts';
import { MemoryGroup } from '../../src/testing/memory-group.ts';
import { MemoryHub } from '../../src/testing/memory-hub.ts';
import { runSettings } from '../../src/testing/run-settings.ts';
import { createTestContext } from '../../src/testing/test-context.ts';
import { realClock } from '../support/real-clock.ts';
import { receivedEvent } from '../support/received-event.ts';

const warmupEvents = 200_000;
const measuredEvents = 700_000;
const keys = 1000;

const done = Promise.withResolvers<number>();
let count = 0;
let cpuAtStart = process.cpuUsage();
const handler = defineHandler({
  onEvent(): void {
    count += 1;
    if (count === warmupEvents) cpuAtStart = process.cpuUsage();
    if (count !== warmupEvents + measuredEvents) return;
    const { user, system } = process.cpuUsage(cpuAtStart);
    done.resolve((user + system) / measuredEvents);
  },
});
const events = eventList();
if (process.argv[2] === 'engine') await startEngine();
else await runLoop();
const usPerEvent = await done.promise;
process.send?.(usPerEvent, () => process.exit());

async function startEngine(): Promise<void> {
  const group = new MemoryGroup(realClock);
  const silent = (): void => {};
  const worker = new Worker({
    handler,
    settings: runSettings({}),
    ports: {
      source: new MemoryHub(realClock, new Map([['0', events]])),
      leases: group,
      checkpoints: group,
      deadLetters: { put: async () => {} },
      clock: realClock,
      random: { next: () => Math.random() },
      report: silent,
      handlerLog: () => ({ debug: silent, info: silent, warn: silent, error: silent }),
    },
  });
  await worker.start();
}

async function runLoop(): Promise<void> {
  const context = createTestContext();
  for (const event of events) await handler.onEvent?.(new EventView('0', event), context);
}

function eventList(): readonly ReceivedEvent[] {
  return Array.from({ length: warmupEvents + measuredEvents + 100_000 }, (_, sequenceNumber) =>
    receivedEvent({ sequenceNumber, partitionKey: `key-${String(sequenceNumber % keys)}` }),
  );
}
