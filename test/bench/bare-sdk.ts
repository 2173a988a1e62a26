// The baseline: the SDK's consumer with an awaited handler, one event after another, as its documentation shows it; one
// consumer for all partitions, receiving as much at once as ours.

import { setTimeout as sleep } from 'node:timers/promises';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { receiveSettings } from './cases.ts';
import type { ThroughputCase } from './cases.ts';
import { Stretch } from './sample.ts';
import type { Sample } from './sample.ts';

export async function sampleBareSdk(connectionString: string, bench: ThroughputCase): Promise<Sample> {
  const stretch = new Stretch(bench.baselineEvents, bench.warmupEvents);
  const client = new EventHubConsumerClient('$Default', connectionString, bench.hub.name);
  const handle = async (): Promise<void> => {
    if (bench.handlerMs > 0 && !stretch.isWarmingUp) await sleep(bench.handlerMs);
    stretch.count();
  };
  const subscriptions = Array.from({ length: bench.hub.partitions }, (_, partition) =>
    client.subscribe(
      String(partition),
      {
        async processEvents(events): Promise<void> {
          for (let index = 0; index < events.length; index++) {
            await handle();
          }
        },
        async processError(error): Promise<void> {
          process.stderr.write(`${error.message}\n`);
        },
      },
      {
        startPosition: earliestEventPosition,
        maxBatchSize: receiveSettings.maxBatchSize,
        prefetchCount: receiveSettings.prefetchEvents,
        skipParsingBodyAsJson: !bench.doesBaselineParse,
      },
    ),
  );
  const sample = await stretch.done;
  await Promise.all(subscriptions.map((subscription) => subscription.close()));
  await client.close();
  return sample;
}
