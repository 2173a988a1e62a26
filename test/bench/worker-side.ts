// Our side of a throughput sample: the engine on the real event source, with leases and checkpoints in memory, because
// storage is not what is compared.

import { setTimeout as sleep } from 'node:timers/promises';
import { defineHandler } from '../../src/engine/handling/handler.ts';
import { Worker } from '../../src/engine/worker.ts';
import { MemoryGroup } from '../../src/testing/memory-group.ts';
import { runSettings } from '../../src/testing/run-settings.ts';
import type { ThroughputCase } from './cases.ts';
import { realClock, realRandom, silentLog } from './real-ports.ts';
import { Stretch } from './sample.ts';
import type { Sample } from './sample.ts';
import { openSource } from './source.ts';

export async function sampleWorker(connectionString: string, bench: ThroughputCase): Promise<Sample> {
  const stretch = new Stretch(bench.oursEvents, bench.warmupEvents);
  const handler = defineHandler({
    async onEvent() {
      if (bench.handlerMs > 0 && !stretch.isWarmingUp) await sleep(bench.handlerMs);
      stretch.count();
    },
  });
  const source = await openSource(connectionString, bench.hub.name);
  const group = new MemoryGroup(realClock);
  const worker = new Worker({
    handler,
    settings: runSettings({ ordering: bench.ordering, concurrency: bench.concurrency }),
    ports: {
      source,
      leases: group,
      checkpoints: group,
      deadLetters: { put: async () => {} },
      clock: realClock,
      random: realRandom,
      report: (report) => {
        if (report.kind === 'failed' || report.kind === 'partition.fault')
          process.stderr.write(`${report.error.message}\n`);
      },
      handlerLog: () => silentLog,
    },
  });
  await worker.start();
  const sample = await stretch.done;
  await worker.stop();
  await source.close();
  return sample;
}
