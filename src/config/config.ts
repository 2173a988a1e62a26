// The configuration as the program uses it: complete, final, in ms, bytes and events. Made from an Environment that
// broke no rule; nothing here can fail on what a person gave.

import type { EngineSettings, LeaseSettings } from '../engine/settings.ts';
import type { Environment } from './environment.ts';
import type { Layer } from './layers.ts';
import { proxyFor } from './proxy.ts';
import type { Proxy } from './proxy.ts';

export type EventHubCredentials =
  /** As the SDK spells it, without EntityPath. */
  { readonly kind: 'connection-string'; readonly connectionString: string } | { readonly kind: 'identity' };

export interface EventHubConfig {
  /** Lower-case host name of the namespace, without a port. */
  readonly namespace: string;
  /** As it was given, with its port and its capitals: what another program would make of the same text. */
  readonly givenNamespace: string;
  /** Another port than the transport's own. */
  readonly port: number | undefined;
  /** Whether AMQP is spoken without TLS, as Microsoft's emulator and ours do. */
  readonly isEmulator: boolean;
  readonly eventHub: string;
  readonly consumerGroup: string;
  readonly credentials: EventHubCredentials;
  readonly transport: 'amqp' | 'websockets';
  /** Of the namespace; used by WebSockets alone, AMQP over TCP has no way through one. */
  readonly proxy: Proxy | undefined;
  readonly maxBatchSize: number;
  readonly prefetchEvents: number;
  readonly prefetchBytes: number;
}

export type StorageCredentials =
  /** As the SDK spells it. */
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly accountUrl: string };

export interface StorageConfig {
  /** Address of the blob endpoint. */
  readonly accountUrl: string;
  readonly credentials: StorageCredentials;
  readonly checkpointContainer: string;
  readonly deadLetterContainer: string;
}

export type LogLevel = Environment['LOG_LEVEL'];

/** What a command needs that reads or changes one consumer group. */
export interface GroupConfig {
  readonly eventHub: EventHubConfig;
  readonly storage: StorageConfig;
  readonly leaseMs: number;
  readonly tickMs: number;
  readonly log: { readonly level: LogLevel };
}

/** The engine's settings; the nonce is drawn by the process that runs it. */
export type EngineConfig = Omit<EngineSettings, 'lease'> & { readonly lease: Omit<LeaseSettings, 'nonce'> };

/** What `run` needs: everything. */
export interface Config extends GroupConfig {
  readonly handler: string;
  readonly engine: EngineConfig;
  readonly replayProperties: 'ignore' | 'trust' | 'verify';
  readonly http: { readonly host: string; readonly port: number };
}

/** What `local` needs to start its emulators and traffic. */
export interface LocalConfig {
  readonly eventHubPort: number;
  readonly storagePort: number;
  readonly partitions: number;
  readonly eventsPerSecond: number;
}

/** While something moves the group is looked at this often: moves take seconds, and only then cost operations. */
const fastTickMs = 1000;
/** A partition given up by ON_EXHAUSTED=stop is left alone for so long, in which others may have more luck with it. */
const stopHoldMs = 300_000;

export function toEventHubConfig(env: Environment, foreign: Layer['values']): EventHubConfig {
  const given = env.EVENTHUB_CONNECTION_STRING;
  const givenNamespace = given?.givenHost ?? fullName(env.EVENTHUB_NAMESPACE ?? '');
  const namespace = given?.host ?? givenNamespace.toLowerCase();
  return {
    namespace,
    givenNamespace,
    port: given?.port,
    isEmulator: given?.isEmulator ?? false,
    eventHub: env.EVENTHUB_NAME ?? given?.eventHub ?? '',
    consumerGroup: env.EVENTHUB_CONSUMER_GROUP,
    credentials:
      given === undefined
        ? { kind: 'identity' }
        : { kind: 'connection-string', connectionString: given.text },
    transport: env.EVENTHUB_TRANSPORT,
    proxy: proxyFor(namespace, foreign),
    maxBatchSize: env.MAX_BATCH_SIZE,
    prefetchEvents: env.PREFETCH_EVENTS,
    prefetchBytes: env.PREFETCH_BYTES,
  };
}

export function toGroupConfig(env: Environment, foreign: Layer['values']): GroupConfig {
  const given = env.STORAGE_CONNECTION_STRING;
  return {
    eventHub: toEventHubConfig(env, foreign),
    storage: {
      accountUrl: given?.blobEndpoint ?? accountUrl(env.STORAGE_ACCOUNT ?? ''),
      credentials:
        given === undefined
          ? { kind: 'identity', accountUrl: accountUrl(env.STORAGE_ACCOUNT ?? '') }
          : { kind: 'connection-string', connectionString: given.text },
      checkpointContainer: env.CHECKPOINT_CONTAINER,
      deadLetterContainer: env.DEAD_LETTER_CONTAINER,
    },
    leaseMs: env.LEASE_MS,
    tickMs: env.TICK_MS,
    log: { level: env.LOG_LEVEL },
  };
}

export function toConfig(env: Environment, foreign: Layer['values']): Config {
  return {
    ...toGroupConfig(env, foreign),
    handler: env.HANDLER ?? '',
    replayProperties: env.REPLAY_PROPERTIES,
    http: { host: env.HTTP_HOST, port: env.HTTP_PORT },
    engine: toEngineConfig(env),
  };
}

export function toLocalConfig(env: Environment): LocalConfig {
  return {
    eventHubPort: env.LOCAL_EVENTHUB_PORT,
    storagePort: env.LOCAL_STORAGE_PORT,
    partitions: env.LOCAL_PARTITIONS,
    eventsPerSecond: env.LOCAL_EVENTS_PER_SECOND,
  };
}

function toEngineConfig(env: Environment): EngineConfig {
  return {
    lease: {
      workerId: env.WORKER_ID ?? '',
      leaseMs: env.LEASE_MS,
      tickMs: env.TICK_MS,
      fastTickMs: Math.min(fastTickMs, env.TICK_MS),
      handoverTimeoutMs: env.HANDOVER_TIMEOUT_MS,
    },
    handling: {
      ordering: env.ORDERING,
      concurrency: env.CONCURRENCY,
      partitionConcurrency: env.PARTITION_CONCURRENCY ?? env.CONCURRENCY,
      maxAttempts: env.MAX_ATTEMPTS,
      retryMinMs: env.RETRY_MIN_MS,
      retryMaxMs: env.RETRY_MAX_MS,
      attemptTimeoutMs: env.HANDLER_TIMEOUT_MS,
      onExhausted: env.ON_EXHAUSTED,
      stopHoldMs,
    },
    checkpoint: {
      everyEvents: env.CHECKPOINT_EVERY_EVENTS,
      everyMs: env.CHECKPOINT_EVERY_MS,
      idleMs: env.CHECKPOINT_IDLE_MS,
    },
    budget: { maxInFlightEvents: env.MAX_IN_FLIGHT_EVENTS, maxBufferedBytes: env.MAX_BUFFERED_BYTES },
    // An idle partition is looked at twice before its silence could be called a stall.
    watch: { stallTimeoutMs: env.STALL_TIMEOUT_MS, probeMs: Math.ceil(env.STALL_TIMEOUT_MS / 2) },
    start: env.START_POSITION,
    onRecreatedHub: env.ON_RECREATED_HUB,
    drainDeadlineMs: env.DRAIN_DEADLINE_MS,
  };
}

function fullName(namespace: string): string {
  return namespace.includes('.') ? namespace : `${namespace}.servicebus.windows.net`;
}

function accountUrl(given: string): string {
  return given.startsWith('https://') ? given : `https://${given}.blob.core.windows.net`;
}
