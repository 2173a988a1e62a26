// `run`: one worker, until it is told to stop or fails.

import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { effectiveSettings } from '../config/effective-settings.ts';
import { environmentOf } from '../config/layers.ts';
import { findMisspellings } from '../config/misspelling.ts';
import { tcpPastProxy } from '../config/proxy.ts';
import { orThrow, readConfig } from '../config/read-config.ts';
import type { WorkerStatus } from '../engine/status.ts';
import { loadHandler } from '../handlers/load-handler.ts';
import type { CommandContext } from './command.ts';
import { composeWorker } from './compose-worker.ts';
import { runWorker } from './run-worker.ts';
import type { RunnableWorker } from './run-worker.ts';
import { Shutdown } from './shutdown.ts';
import { requestsText } from './storage-cost.ts';
import type { StorageUse } from './storage-cost.ts';

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description(
      'Leases partitions, runs the handler on their events and checkpoints, until SIGTERM or SIGINT. Configured by environment variables: see `config`.',
    )
    .action(async () => run(context));
}

async function run(context: CommandContext): Promise<void> {
  using shutdown = new Shutdown(process);
  const layers = context.layers();
  const config = orThrow(readConfig(layers));
  const handler = await loadHandler(config.handler, process.cwd());
  const composed = await composeWorker({
    config,
    handler,
    settings: effectiveSettings(layers),
    environment: environmentOf(layers),
    isTerminal: context.isTerminal,
  });
  const { worker, logger } = composed;
  const crashed = context.guard.watch((error) =>
    logger.warn({ err: error }, 'the SDK gave up closing a link that was gone already'),
  );
  for (const { given, meant } of findMisspellings(Object.keys(environmentOf(layers)))) {
    logger.warn(`${given} is not a variable of this program; ${meant} is`);
  }
  const { proxy, transport, isEmulator } = config.eventHub;
  if (proxy !== undefined && transport === 'amqp' && !isEmulator) logger.warn(tcpPastProxy(proxy));
  try {
    logger.info({ http: composed.url, handler: config.handler }, 'worker starting');
    const runnable: RunnableWorker = {
      start: async () => {
        await worker.start();
        const status = worker.status();
        if (status.state === 'running') logger.info(requestsText(storageUse(config, status)));
      },
      drain: async () => worker.drain(),
      stop: async () => worker.stop(),
      ended: worker.ended,
    };
    context.exitWith(await runWorker(runnable, { shutdown, crashed }, logger));
  } finally {
    await composed.close();
  }
}

/** Of the group as this worker sees it when it starts: as many workers as are alive, itself among them. */
function storageUse({ tickMs, engine }: Config, { members, partitionsTotal }: WorkerStatus): StorageUse {
  return {
    workers: Math.max(1, members.length),
    partitions: partitionsTotal,
    tickMs,
    checkpointEveryMs: engine.checkpoint.everyMs,
  };
}
