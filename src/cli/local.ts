// `local` (npm start): the whole system on this machine, in one terminal. Emulators first, then one worker, then traffic;
// it ends in the opposite order, so that the worker's last checkpoints find their store.

import { BlobServiceClient } from '@azure/storage-blob';
import { Command } from 'commander';
import type { Config, LocalConfig, LogLevel } from '../config/config.ts';
import { effectiveSettings } from '../config/effective-settings.ts';
import { environmentOf } from '../config/layers.ts';
import { orThrow, readConfig, readLocalConfig } from '../config/read-config.ts';
import { startEmulator } from '../emulator/index.ts';
import { loadHandler } from '../handlers/load-handler.ts';
import { startAzurite } from '../local/azurite.ts';
import { localLayers } from '../local/local-layers.ts';
import { Progress } from '../local/progress.ts';
import { Traffic } from '../local/traffic.ts';
import type { CommandContext, ExitCode } from './command.ts';
import { composeWorker } from './compose-worker.ts';
import type { ComposedWorker } from './compose-worker.ts';
import { HandledEvents } from './handled-events.ts';
import { orPortTaken } from './listening.ts';
import { runWorker } from './run-worker.ts';
import { Shutdown } from './shutdown.ts';

const host = '127.0.0.1';
const eventHub = 'orders';

/** Levels at which the log says nothing while all is well. */
const quietLevels: ReadonlySet<LogLevel> = new Set(['warn', 'error', 'fatal', 'silent']);

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description(
      'Starts an Event Hubs emulator, a blob emulator, steady traffic and one worker on this machine, until Ctrl-C. Nothing is kept.',
    )
    .action(async () => {
      context.exitWith(await runLocally(context));
    });
}

async function runLocally(context: CommandContext): Promise<ExitCode> {
  using shutdown = new Shutdown(process);
  await using opened = new AsyncDisposableStack();
  const given = context.layers();
  const local = orThrow(readLocalConfig(given));
  context.print('Starting the emulators ...');
  const layers = localLayers(given, await startEmulators(context, local, opened));
  const config = orThrow(readConfig(layers));
  const handler = await loadHandler(config.handler, process.cwd());
  await createContainers(config);
  const handled = new HandledEvents();
  const composed = await composeWorker({
    config,
    handler,
    settings: effectiveSettings(layers),
    environment: environmentOf(layers),
    isTerminal: context.isTerminal,
    report: handled.report,
  });
  opened.defer(async () => composed.close());
  const { worker, logger } = composed;
  const crashed = context.guard.watch((error) =>
    logger.warn({ err: error }, 'the SDK gave up closing a link that was gone already'),
  );
  const traffic = startTraffic(config, local, opened);
  tellWhereToLook(context, local, config, composed);
  const progress = new Progress({
    snapshot: () => ({
      atMs: performance.now(),
      sentEvents: traffic.sentEvents,
      sendError: traffic.lastError,
      handledEvents: handled.events,
      status: worker.status(),
    }),
    write: (text) => process.stdout.write(text),
    // A line that is redrawn and a log that scrolls cannot share a terminal.
    isTerminal: context.isTerminal && quietLevels.has(config.log.level),
    columns: () => process.stdout.columns || Number.POSITIVE_INFINITY,
  });
  progress.start();
  try {
    return await runWorker(worker, { shutdown, crashed }, logger);
  } finally {
    progress.stop();
  }
}

async function startEmulators(context: CommandContext, local: LocalConfig, opened: AsyncDisposableStack) {
  const eventHubs = await orPortTaken(
    startEmulator({
      host,
      port: local.eventHubPort,
      hubs: [{ name: eventHub, partitionCount: local.partitions }],
    }),
    { host, port: local.eventHubPort, variable: 'LOCAL_EVENTHUB_PORT' },
  );
  opened.defer(async () => eventHubs.close());
  const blobs = await startAzurite({ host, port: local.storagePort, variable: 'LOCAL_STORAGE_PORT' });
  opened.defer(async () => blobs.stop());
  void blobs.died.then((output) => context.note(`The blob emulator ended by itself: ${output}`));
  return {
    eventHubConnectionString: eventHubs.connectionString(),
    eventHub,
    storageConnectionString: blobs.connectionString,
  };
}

/** The worker creates no containers: in production that is not its right. */
async function createContainers({ storage }: Config): Promise<void> {
  if (storage.credentials.kind !== 'connection-string') return;
  const service = BlobServiceClient.fromConnectionString(storage.credentials.connectionString);
  for (const name of [storage.checkpointContainer, storage.deadLetterContainer]) {
    await service.getContainerClient(name).createIfNotExists();
  }
}

function startTraffic(config: Config, local: LocalConfig, opened: AsyncDisposableStack): Traffic {
  const { credentials } = config.eventHub;
  const connectionString = credentials.kind === 'connection-string' ? credentials.connectionString : '';
  const traffic = new Traffic({ connectionString, eventHub, eventsPerSecond: local.eventsPerSecond });
  opened.defer(async () => traffic.stop());
  traffic.start();
  return traffic;
}

function tellWhereToLook(
  context: CommandContext,
  local: LocalConfig,
  config: Config,
  composed: ComposedWorker,
): void {
  const url = composed.url.replace(/\/$/, '');
  context.print(`Event Hubs emulator  event hub ${eventHub}, ${String(local.partitions)} partitions`);
  context.print(`Blob emulator        container ${config.storage.checkpointContainer}`);
  context.print(`Traffic              ${String(local.eventsPerSecond)} events/s`);
  context.print(`Worker               handler ${config.handler}`);
  context.print(`  page     ${url}/`);
  context.print(`  status   ${url}/status`);
  context.print(`  metrics  ${url}/metrics`);
  context.print('Ctrl-C stops everything.');
}
