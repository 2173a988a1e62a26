// `emulator`: the Event Hubs emulator alone, for the worker, other SDKs and KEDA. Everything is in memory.

import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import type { EmulatorOptions, HubOptions } from '../emulator/index.ts';
import { startEmulator } from '../emulator/index.ts';
import type { CommandContext } from './command.ts';
import { orPortTaken } from './listening.ts';
import { portNumber, wholeNumberBetween } from './option-values.ts';
import { Shutdown } from './shutdown.ts';

interface EmulatorCommandOptions {
  readonly hub?: readonly HubOptions[];
  readonly host: string;
  readonly port: number;
  readonly tlsPort?: number;
  readonly websocketPort?: number;
  readonly controlPort?: number;
  readonly throughputUnits?: number;
}

const defaultHub: HubOptions = { name: 'orders', partitionCount: 8 };

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Serves event hubs over AMQP, in memory, until it is told to stop.')
    .option(
      '--hub <name:partitions[:group,...]>',
      'an event hub, with consumer groups besides $Default; repeatable (default: orders:8)',
      collectHubs,
    )
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'plain AMQP; 0 takes any free port', portNumber, 5672)
    .option('--tls-port <port>', 'AMQP over TLS with a self-signed certificate', portNumber)
    .option('--websocket-port <port>', 'AMQP over secure WebSockets', portNumber)
    .option('--control-port <port>', 'HTTP for faults and views', portNumber)
    .option('--throughput-units <count>', 'throttle as so many units do', wholeNumberBetween(1, 1000))
    .action(async (options: EmulatorCommandOptions) => serve(context, options));
}

async function serve(context: CommandContext, options: EmulatorCommandOptions): Promise<void> {
  using shutdown = new Shutdown(process);
  const { host, port } = options;
  const hubs = options.hub ?? [defaultHub];
  const emulator = await orPortTaken(startEmulator(emulatorOptions(options, hubs)), {
    host,
    port,
    variable: '--port',
  });
  context.print(`Event Hubs emulator on ${emulator.host}:${String(emulator.port)}`);
  for (const { name, partitionCount } of hubs) {
    context.print(`  ${name}: ${String(partitionCount)} partitions`);
  }
  for (const [what, extraPort] of [
    ['TLS', emulator.tlsPort],
    ['WebSockets', emulator.webSocketPort],
    ['control', emulator.controlPort],
  ] as const) {
    if (extraPort !== undefined) context.print(`${what} on ${emulator.host}:${String(extraPort)}`);
  }
  context.print(`EVENTHUB_CONNECTION_STRING=${emulator.connectionString()}`);
  if (!shutdown.drain.aborted) await once(shutdown.drain, 'abort');
  await emulator.close();
}

function emulatorOptions(options: EmulatorCommandOptions, hubs: readonly HubOptions[]): EmulatorOptions {
  const { host, port, tlsPort, websocketPort, controlPort, throughputUnits } = options;
  return {
    host,
    port,
    hubs,
    ...(tlsPort === undefined ? {} : { tls: { port: tlsPort } }),
    ...(websocketPort === undefined ? {} : { webSockets: { port: websocketPort } }),
    ...(controlPort === undefined ? {} : { control: { port: controlPort } }),
    ...(throughputUnits === undefined ? {} : { throughputUnits }),
  };
}

function collectHubs(given: string, before: readonly HubOptions[] = []): readonly HubOptions[] {
  const [name = '', count = '', groups, ...rest] = given.split(':');
  const partitionCount = /^\d{1,4}$/.test(count) ? Number(count) : 0;
  if (!/^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i.test(name) || partitionCount < 1 || rest.length > 0) {
    throw new InvalidArgumentError('Allowed: a name, a colon and 1 to 1024 partitions, as in orders:8.');
  }
  const hub = { name, partitionCount };
  return [...before, groups === undefined ? hub : { ...hub, consumerGroups: groups.split(',') }];
}
