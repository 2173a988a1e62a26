// `emulator`: the Event Hubs emulator alone, for the worker, other SDKs and KEDA, in memory or with a data directory.

import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import type { AccessRuleOptions, EmulatorOptions, HubOptions, Right } from '../emulator/index.ts';
import { DataFolderError, RIGHTS, startEmulator } from '../emulator/index.ts';
import { WorkerError } from '../engine/errors.ts';
import type { CommandContext } from './command.ts';
import { collectHubs, hubsToServe } from './emulator-hubs.ts';
import { orPortTaken } from './listening.ts';
import type { WantedPort } from './listening.ts';
import { portNumber, wholeNumberBetween } from './option-values.ts';
import { Shutdown } from './shutdown.ts';

interface EmulatorCommandOptions {
  readonly hub?: readonly HubOptions[];
  readonly config?: string;
  readonly data?: string;
  readonly host: string;
  readonly port: number;
  readonly tlsPort?: number;
  readonly websocketPort?: number;
  readonly controlPort?: number;
  readonly controlToken?: string;
  readonly healthPort?: number;
  readonly rule?: readonly HubRule[];
  readonly throughputUnits?: number;
  readonly maxConnections?: number;
  readonly idleDetachSeconds?: number;
  readonly compactEveryEvents?: number;
  readonly strict?: boolean;
  readonly geoReplication?: boolean;
}

/** An access rule, of one hub when it names one. */
interface HubRule extends AccessRuleOptions {
  /** Lower case: names of hubs ignore it. */
  readonly hub: string | undefined;
}

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Serves event hubs over AMQP until it is told to stop.')
    .option(
      '--hub <name:partitions[:group,...]>',
      'an event hub, with consumer groups besides $Default; repeatable (default: orders:8)',
      collectHubs,
    )
    .option('--config <file>', "the hubs of a Config.json of Microsoft's emulator, instead of --hub")
    .option('--data <directory>', 'keeps hubs and events over a restart (default: memory alone)')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'plain AMQP; 0 takes any free port', portNumber, 5672)
    .option('--tls-port <port>', 'AMQP over TLS with a self-signed certificate', portNumber)
    .option('--websocket-port <port>', 'AMQP over secure WebSockets', portNumber)
    .option('--control-port <port>', 'HTTP for faults and views', portNumber)
    .option('--control-token <token>', 'what requests to it must bring (default: one is made and printed)')
    .option('--health-port <port>', 'HTTP for GET /health, without a token', portNumber)
    .option(
      '--rule <name:key:right[,right][:hub]>',
      'a shared access rule with send, listen or manage; repeatable',
      collectRules,
    )
    .option('--throughput-units <count>', 'throttle as so many units do', wholeNumberBetween(1, 1000))
    .option('--max-connections <count>', 'refuse connections above so many', wholeNumberBetween(1, 100_000))
    .option('--idle-detach-seconds <count>', 'detach links without traffic', wholeNumberBetween(1, 86_400))
    .option(
      '--compact-every-events <count>',
      'log compaction: after so many events only the newest of each key stays',
      wholeNumberBetween(1, 1_000_000_000),
    )
    .option('--geo-replication', 'as a namespace in two regions: offsets that are no numbers')
    .option('--strict', 'refuse messages that no client could read')
    .action(async (options: EmulatorCommandOptions) => serve(context, options));
}

async function serve(context: CommandContext, options: EmulatorCommandOptions): Promise<void> {
  if (options.data !== undefined && options.compactEveryEvents !== undefined) {
    const reason = '--data keeps no gaps: give --compact-every-events without it.';
    throw new WorkerError('EHW_BAD_USAGE', { reason });
  }
  using shutdown = new Shutdown(process);
  const hubs = await hubsToServe(options.hub, options.config);
  const starting = startEmulator(emulatorOptions(options, hubs)).catch((cause: unknown) => {
    if (!(cause instanceof DataFolderError)) throw cause;
    throw new WorkerError('EHW_BAD_USAGE', { reason: `--data: ${cause.message}` }, { cause });
  });
  const emulator = await orPortTaken(starting, (taken) => wantedPort(options, taken));
  context.print(`Event Hubs emulator on ${emulator.host}:${String(emulator.port)}`);
  for (const { name } of hubs) {
    const { partitions } = emulator.hub(name);
    const events = partitions.reduce((sum, { eventCount }) => sum + eventCount, 0);
    const kept = events === 0 ? '' : `, ${String(events)} events`;
    context.print(`  ${name}: ${String(partitions.length)} partitions${kept}`);
  }
  for (const [what, extraPort] of [
    ['TLS', emulator.tlsPort],
    ['WebSockets', emulator.webSocketPort],
    ['control', emulator.controlPort],
    ['health', emulator.healthPort],
  ] as const) {
    if (extraPort !== undefined) context.print(`${what} on ${emulator.host}:${String(extraPort)}`);
  }
  if (emulator.controlToken !== undefined) {
    context.print(`control takes: authorization: Bearer ${emulator.controlToken}`);
  }
  context.print(`EVENTHUB_CONNECTION_STRING=${emulator.connectionString()}`);
  if (!shutdown.drain.aborted) await once(shutdown.drain, 'abort');
  await emulator.close();
}

/** Which of the options asked for a port that cannot be had. */
function wantedPort(options: EmulatorCommandOptions, taken: number | undefined): WantedPort {
  const { host, port, tlsPort, websocketPort, controlPort, healthPort } = options;
  const others = {
    '--tls-port': tlsPort,
    '--websocket-port': websocketPort,
    '--control-port': controlPort,
    '--health-port': healthPort,
  };
  const [variable = '--port', wanted = port] =
    Object.entries(others).find(([, other]) => other !== undefined && other === taken) ?? [];
  return { host, port: wanted, variable };
}

function emulatorOptions(options: EmulatorCommandOptions, hubs: readonly HubOptions[]): EmulatorOptions {
  const { host, port, tlsPort, websocketPort, controlPort, controlToken, healthPort } = options;
  const { data, throughputUnits, maxConnections, idleDetachSeconds, compactEveryEvents } = options;
  const rules = options.rule ?? [];
  const token = controlToken === undefined ? {} : { token: controlToken };
  const stray = rules.find(
    ({ hub }) => hub !== undefined && hubs.every(({ name }) => name.toLowerCase() !== hub),
  );
  if (stray !== undefined)
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: `--rule names the hub ${stray.hub}, which --hub does not.`,
    });
  return {
    host,
    port,
    hubs: hubs.map((hub) => ({
      ...hub,
      rules: rules.filter((rule) => rule.hub === hub.name.toLowerCase()),
      ...(compactEveryEvents === undefined ? {} : { compactEveryEvents }),
    })),
    strict: options.strict ?? false,
    geoReplication: options.geoReplication ?? false,
    rules: rules.filter(({ hub }) => hub === undefined),
    ...(tlsPort === undefined ? {} : { tls: { port: tlsPort } }),
    ...(websocketPort === undefined ? {} : { webSockets: { port: websocketPort } }),
    ...(controlPort === undefined ? {} : { control: { port: controlPort, ...token } }),
    ...(healthPort === undefined ? {} : { health: { port: healthPort } }),
    ...(data === undefined ? {} : { dataFolder: data }),
    ...(throughputUnits === undefined ? {} : { throughputUnits }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(idleDetachSeconds === undefined ? {} : { idleDetachMs: idleDetachSeconds * 1000 }),
  };
}

function collectRules(given: string, before: readonly HubRule[] = []): readonly HubRule[] {
  const [name = '', key = '', rights = '', hub, ...rest] = given.split(':');
  const named = rights.split(',').map((right) => RIGHTS.find((known) => known === right));
  const known = named.filter((right): right is Right => right !== undefined);
  if (name === '' || key === '' || known.length < named.length || rest.length > 0) {
    throw new InvalidArgumentError(
      `Allowed: a name, a key, rights (${RIGHTS.join(', ')}) and perhaps a hub, as in reader:c2VjcmV0:listen:orders.`,
    );
  }
  return [...before, { name, key, rights: known, hub: hub?.toLowerCase() }];
}
