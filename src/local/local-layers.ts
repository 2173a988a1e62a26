// The configuration of the worker that `local` runs: the emulators' connection strings above everything, and defaults for
// one machine below what a person sets.

import type { Layer } from '../config/layers.ts';

/** What says where events and blobs are: in `local` only the emulators decide that. */
const connectionNames = [
  'EVENTHUB_CONNECTION_STRING',
  'EVENTHUB_NAMESPACE',
  'EVENTHUB_NAME',
  'EVENTHUB_CONSUMER_GROUP',
  'EVENTHUB_TRANSPORT',
  'STORAGE_CONNECTION_STRING',
  'STORAGE_ACCOUNT',
] as const;

export interface LocalConnections {
  readonly eventHubConnectionString: string;
  readonly eventHub: string;
  readonly storageConnectionString: string;
}

const defaults: Readonly<Record<string, string>> = {
  HANDLER: 'discard',
  HTTP_HOST: '127.0.0.1',
  // The progress line tells the rest.
  LOG_LEVEL: 'warn',
  // One worker and a blob store without a bill: look often, so that everything starts and ends within seconds.
  TICK_MS: '1000',
  LEASE_MS: '10000',
  CHECKPOINT_EVERY_MS: '1000',
  DRAIN_DEADLINE_MS: '5000',
};

export function localLayers(given: readonly Layer[], connections: LocalConnections): readonly Layer[] {
  const embedded: Layer = {
    origin: 'local',
    values: {
      EVENTHUB_CONNECTION_STRING: connections.eventHubConnectionString,
      EVENTHUB_NAME: connections.eventHub,
      STORAGE_CONNECTION_STRING: connections.storageConnectionString,
    },
  };
  const others = given.map(({ origin, values }) => ({ origin, values: without(values, connectionNames) }));
  return [embedded, ...others, { origin: 'local default', values: defaults }];
}

function without(
  values: Layer['values'],
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
