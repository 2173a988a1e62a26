// The real event source, for the side of a benchmark that is ours: the program's receive settings, one hub of the emulator.

import { ClientFactory } from '../../src/azure/credentials.ts';
import { AzureEventSource } from '../../src/azure/event-source.ts';
import { receiveSettings } from './cases.ts';
import { realClock, realRandom } from './real-ports.ts';

export async function openSource(connectionString: string, eventHub: string): Promise<AzureEventSource> {
  const access = {
    namespace: 'localhost',
    eventHub,
    credentials: { kind: 'connection-string', connectionString },
    transport: 'amqp',
  } as const;
  return new AzureEventSource(
    {
      ...access,
      ...receiveSettings,
      consumerGroup: '$Default',
      workerId: `bench-${process.pid}`,
      prefetchBytes: 16 * 1024 * 1024,
    },
    { clients: await ClientFactory.create({ eventHub: access }), clock: realClock, random: realRandom },
  );
}
