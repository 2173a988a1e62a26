// One consumer group, open for one command: hub and stores from the environment. SIGINT or SIGTERM aborts the signal.

import { openAzure } from '../azure/azure.ts';
import type { Azure } from '../azure/azure.ts';
import type { GroupConfig } from '../config/config.ts';
import { orThrow, readGroupConfig } from '../config/read-config.ts';
import type { CommandContext } from './command.ts';
import { Shutdown } from './shutdown.ts';
import { systemClock, systemRandom } from './system-clock.ts';

export interface OpenGroup {
  readonly azure: Azure;
  readonly config: GroupConfig;
  readonly signal: AbortSignal;
}

export async function withGroup(
  context: CommandContext,
  run: (group: OpenGroup) => Promise<void>,
): Promise<void> {
  using shutdown = new Shutdown(process);
  const config = orThrow(readGroupConfig(context.layers()));
  const azure = await openAzure({
    eventHub: config.eventHub,
    storage: config.storage,
    workerId: 'eventhub-worker command',
    clock: systemClock,
    random: systemRandom,
    onWarning: (text) => context.note(`warning: ${text}`),
  });
  try {
    await run({ azure, config, signal: shutdown.drain });
  } finally {
    await azure.close();
  }
}
