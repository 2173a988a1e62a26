// A world in which everything is well; a test changes the one thing it is about. What a test does not give and a check asks
// for nevertheless fails that test.

import type { WriteProbe } from '../../../../src/azure/write-probe.ts';
import { orThrow, readConfig } from '../../../../src/config/read-config.ts';
import type { PartitionProperties } from '../../../../src/engine/event.ts';
import { endpointsOf } from '../../../../src/cli/doctor/endpoint.ts';
import type { World } from '../../../../src/cli/doctor/world.ts';
import { samplePrices } from '../../../../src/cli/storage-cost.ts';
import { workerEnvironment } from '../../../support/worker-environment.ts';

export const noAbort = new AbortController().signal;

export const identityEnvironment: Readonly<Record<string, string>> = {
  EVENTHUB_NAMESPACE: 'orders-prod',
  EVENTHUB_NAME: 'orders',
  STORAGE_ACCOUNT: 'contosocheckpoints',
  HANDLER: 'discard',
  WORKER_ID: 'worker-1',
};

export function configOf(values: Readonly<Record<string, string>> = workerEnvironment): World['config'] {
  return orThrow(readConfig([{ origin: 'environment', values }]));
}

export function worldWith(changes: Partial<World> = {}): World {
  const config = changes.config ?? configOf();
  const { eventHub } = config;
  const nothing = (what: string) => () => {
    throw new Error(`this test gives no ${what}`);
  };
  return {
    problems: [],
    config,
    options: {
      maxReplicas: undefined,
      workers: undefined,
      prices: samplePrices,
      keda: {
        strategy: undefined,
        namespace: undefined,
        hub: undefined,
        consumerGroup: undefined,
        container: undefined,
      },
    },
    given: eventHub,
    group: eventHub,
    accountName: 'contosocheckpoints',
    endpoints: endpointsOf(eventHub),
    nowMs: () => 0,
    proxyOf: () => undefined,
    reach: async () => ({ kind: 'reached', address: '10.0.0.1', protocol: 'TLSv1.3' }),
    eventHubToken: async () => undefined,
    storageToken: async () => undefined,
    isHierarchical: async () => false,
    storeTimeMs: async () => 0,
    container: nothing('container'),
    readGroup: nothing('group'),
    readEnds: async () => [endOf('0'), endOf('1')],
    receivers: nothing('receivers'),
    askReceiver: nothing('receiver'),
    newestEvents: nothing('event'),
    checkpointWrites: async () => goodWrites,
    deadLetterWrites: async () => goodWrites,
    ...changes,
  };
}

export const goodWrites: WriteProbe = {
  blob: 'eventhub-worker-doctor/1',
  secondCreateStatus: 409,
  staleUpdateStatus: 412,
  isReadBack: true,
  isVersioned: false,
  isKeptAfterDelete: false,
};

/** A partition that retains `begin` to `last`. */
export function endOf(partitionId: string, begin = 0, last = 99): PartitionProperties {
  return {
    partitionId,
    beginSequenceNumber: begin,
    lastSequenceNumber: last,
    lastOffset: '1',
    lastEnqueuedAtMs: 0,
    isEmpty: last < begin,
  };
}
