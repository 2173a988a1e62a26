// The stores of the consumer group, open for one command; the first SIGINT or SIGTERM aborts its signal.

import { openAzure } from '../../azure/azure.ts';
import type { Azure } from '../../azure/azure.ts';
import type { GroupConfig } from '../../config/config.ts';
import { Shutdown } from '../shutdown.ts';
import { systemClock, systemRandom } from '../system-clock.ts';

export async function withLetters(
  config: GroupConfig,
  run: (azure: Azure, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using shutdown = new Shutdown(process);
  const azure = await openAzure({
    eventHub: config.eventHub,
    storage: config.storage,
    workerId: 'dead-letters',
    clock: systemClock,
    random: systemRandom,
  });
  try {
    await run(azure, shutdown.drain);
  } finally {
    await azure.close();
  }
}
