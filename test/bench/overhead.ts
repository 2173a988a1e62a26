// What the engine costs per event: the whole worker (lanes, watermark, retry bookkeeping, checkpoints) over events that are
// already in memory, beside a loop that only calls the handler. CPU time, not wall time.

import { plainMessage } from '../../src/engine/plain-message.ts';
import type { ReceivedEvent } from '../../src/engine/event.ts';
import { EventView } from '../../src/engine/handling/event-view.ts';
import { defineHandler } from '../../src/engine/handling/handler.ts';
import { Worker } from '../../src/engine/worker.ts';
import { MemoryGroup } from '../../src/testing/memory-group.ts';
import { MemoryHub } from '../../src/testing/memory-hub.ts';
import { runSettings } from '../../src/testing/run-settings.ts';
import { createTestContext } from '../../src/testing/test-context.ts';
import { realClock, realRandom, silentLog } from './real-ports.ts';
import { Stretch } from './sample.ts';
import type { Sample } from './sample.ts';

const events = 1_000_000;
const warmup = 200_000;
const measured = 700_000;
const keys = 1000;

/** The noop handler of both sides. */
function countingHandler(stretch: Stretch) {
  return defineHandler({
    onEvent(): void {
      stretch.count();
    },
  });
}

export async function sampleEngine(): Promise<Sample> {
  const stretch = new Stretch(measured, warmup);
  const group = new MemoryGroup(realClock);
  const worker = new Worker({
    handler: countingHandler(stretch),
    settings: runSettings({}),
    ports: {
      source: new MemoryHub(realClock, new Map([['0', eventList()]])),
      leases: group,
      checkpoints: group,
      deadLetters: { put: async () => {} },
      clock: realClock,
      random: realRandom,
      report: () => {},
      handlerLog: () => silentLog,
    },
  });
  await worker.start();
  return stretch.done;
}

export async function sampleLoop(): Promise<Sample> {
  const stretch = new Stretch(measured, warmup);
  const handler = countingHandler(stretch);
  const context = createTestContext();
  for (const event of eventList()) await handler.onEvent(new EventView('0', event), context);
  return stretch.done;
}

function eventList(): ReceivedEvent[] {
  const body = Buffer.alloc(1024, 'x');
  return Array.from({ length: events }, (_, sequenceNumber) => ({
    sequenceNumber,
    offset: String(sequenceNumber * 1100),
    enqueuedAtMs: 0,
    partitionKey: `key-${sequenceNumber % keys}`,
    sizeBytes: body.byteLength,
    defect: undefined,
    message: plainMessage({ body }),
  }));
}
