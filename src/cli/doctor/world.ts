// What the checks look at: the configuration, the event hub, the store and the network, as one interface that a test can
// stand in for. Opening the real one is open-world.ts.

import type { Inspection } from '../../azure/inspection.ts';
import type { ReceiverAnswer } from '../../azure/receiver-answer.ts';
import type { WriteProbe } from '../../azure/write-probe.ts';
import type { Config } from '../../config/config.ts';
import type { Problem } from '../../config/problem.ts';
import type { Proxy } from '../../config/proxy.ts';
import type { PartitionProperties, ReceivedEvent } from '../../engine/event.ts';
import type { StoragePrices } from '../storage-cost.ts';
import type { Endpoint, EndpointAnswer } from './endpoint.ts';

/** What the command line says beside the environment. */
export interface DoctorOptions {
  /** maxReplicas of the HPA or maxReplicaCount of the ScaledObject. */
  readonly maxReplicas: number | undefined;
  /** For the cost; undefined: as many as are alive. */
  readonly workers: number | undefined;
  readonly prices: StoragePrices;
  readonly keda: KedaOptions;
}

/** The ScaledObject's own values where they differ from the worker's. */
export interface KedaOptions {
  readonly strategy: string | undefined;
  readonly namespace: string | undefined;
  readonly hub: string | undefined;
  readonly consumerGroup: string | undefined;
  readonly container: string | undefined;
}

/** One partition's answer to a receiver, or why there was none. */
export interface ReceiverFinding {
  readonly partitionId: string;
  readonly answer: ReceiverAnswer | Error;
}

/** The names as they were given to the worker, before it lowered or completed them. */
export interface GivenNames {
  /** Host name; with a connection string the Endpoint's, port and capitals included. */
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

export interface World extends Pick<Inspection, 'group' | 'accountName' | 'container' | 'readGroup'> {
  /** Problems of the whole configuration; with any of them `config` must not be used. */
  readonly problems: readonly Problem[];
  readonly config: Config;
  readonly options: DoctorOptions;
  readonly given: GivenNames;
  readonly endpoints: readonly Endpoint[];
  readonly nowMs: () => number;
  readonly proxyOf: (host: string) => Proxy | undefined;
  readonly reach: (endpoint: Endpoint, signal: AbortSignal) => Promise<EndpointAnswer>;
  readonly eventHubToken: Inspection['eventHubToken'];
  readonly storageToken: Inspection['storageToken'];
  readonly isHierarchical: Inspection['isHierarchical'];
  readonly storeTimeMs: Inspection['storeTimeMs'];
  /** Read anew at each call: beside running workers every answer is out of date soon. */
  readonly readEnds: (signal: AbortSignal) => Promise<readonly PartitionProperties[]>;
  /** Asked once, in every partition, however many checks want to know. */
  readonly receivers: () => Promise<readonly ReceiverFinding[]>;
  readonly askReceiver: Inspection['askReceiver'];
  /** A few of the newest events of some partitions, by partition; undefined where its owner keeps others out. */
  readonly newestEvents: (signal: AbortSignal) => Promise<readonly (readonly ReceivedEvent[] | undefined)[]>;
  /** One probe for each container, however many checks want to know. */
  readonly checkpointWrites: () => Promise<WriteProbe>;
  readonly deadLetterWrites: () => Promise<WriteProbe>;
}
