// The SDK's own consumer, as one would tune it: one client, a subscription for each partition, the receive settings of the
// worker's defaults, bodies left as bytes.
//
//   node test/bench/contenders/sdk-process.ts <connection string> <partitions> <work as JSON> <sequential|limiter>

import { earliestEventPosition, EventHubConsumerClient, latestEventPosition } from '@azure/event-hubs';
import type { ReceivedEventData } from '@azure/event-hubs';
import { hubName } from '../hub.ts';
import type { Work } from './contender.ts';
import { KeyedLimiter } from './keyed-limiter.ts';
import { Tally } from './tally.ts';

const [connectionString = '', partitions = '', givenWork = '{}', style = ''] = process.argv.slice(2);
const work = JSON.parse(givenWork) as Work;
const tally = new Tally(work);
const limiter = style === 'limiter' ? new KeyedLimiter(64, 1000) : undefined;
const client = new EventHubConsumerClient('$Default', connectionString, hubName);
for (let partition = 0; partition < Number(partitions); partition += 1) {
  client.subscribe(
    String(partition),
    {
      async processEvents(events): Promise<void> {
        for (const event of events) {
          if (limiter === undefined) await handle(event);
          else await limiter.add(event.partitionKey ?? undefined, () => handle(event));
        }
      },
      async processError(error): Promise<void> {
        process.stderr.write(`${error.message}\n`);
      },
    },
    {
      startPosition: work.measuresLatency ? latestEventPosition : earliestEventPosition,
      maxBatchSize: 250,
      prefetchCount: 1000,
      skipParsingBodyAsJson: true,
    },
  );
}
process.once('disconnect', () => process.exit());

/** An awaited handler, as the SDK's documentation shows it. */
async function handle({ body, properties = {} }: ReceivedEventData): Promise<void> {
  await tally.handle({ body: body as Uint8Array, properties });
}
