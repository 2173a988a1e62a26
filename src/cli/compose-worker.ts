// The one place where the rooms meet: configuration, adapters, engine, telemetry and HTTP become one worker. It decides
// the order in which they open and close, and nothing else.

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { openAzure } from '../azure/azure.ts';
import type { Config } from '../config/config.ts';
import type { EffectiveSetting } from '../config/effective-settings.ts';
import { secretsIn } from '../config/secret.ts';
import type { Handler } from '../engine/handling/handler.ts';
import type { EventSource } from '../engine/ports.ts';
import type { ReportSink } from '../engine/reports.ts';
import { Worker } from '../engine/worker.ts';
import { startHttp } from '../http/server.ts';
import { createLogging } from '../telemetry/logging.ts';
import { createRedact } from '../telemetry/redaction.ts';
import { createTelemetry, fanOut } from '../telemetry/telemetry.ts';
import { startTracing } from '../telemetry/tracing.ts';
import type { TracingOptions } from '../telemetry/tracing.ts';
import { replaysOf } from './replays-of.ts';
import { systemClock, systemRandom } from './system-clock.ts';
import { version } from './version.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly handler: Handler;
  /** For the operator page; secrets are masked already. */
  readonly settings: readonly EffectiveSetting[];
  /** For the OTEL_* variables, and for the secrets that nothing may print. */
  readonly environment: TracingOptions['environment'];
  /** Log lines for people instead of JSON. */
  readonly isTerminal: boolean;
  /** Hears every report beside telemetry. */
  readonly report?: ReportSink;
}

export interface ComposedWorker {
  readonly worker: Worker;
  readonly logger: Logger;
  /** Address of the HTTP server for a browser on this machine. */
  readonly url: string;
  /** Ends everything around the worker, which must be over. */
  close(): Promise<void>;
}

const maxStorageCallMs = 10_000;

/** Opens what needs no other process first, so that a taken port is told before anything is claimed. */
export async function composeWorker(options: ComposeOptions): Promise<ComposedWorker> {
  const { config, handler } = options;
  const identity = {
    version,
    workerId: config.engine.lease.workerId,
    namespace: config.eventHub.namespace,
    eventHub: config.eventHub.eventHub,
    consumerGroup: config.eventHub.consumerGroup,
  };
  const secrets = secretsIn(options.environment);
  const logging = createLogging({
    level: config.log.level,
    bindings: { worker: identity.workerId },
    isPretty: options.isTerminal,
    secrets,
  });
  const { logger } = logging;
  // Telemetry and HTTP ask for the status before there is a worker.
  const built: { worker?: Worker } = {};
  const status = () => built.worker?.status();
  const clock = systemClock;
  const telemetry = createTelemetry({
    identity,
    clock,
    logging,
    status,
    secrets,
    withProcessMetrics: true,
  });
  let receivePath: string | undefined;
  await using opened = new AsyncDisposableStack();
  opened.defer(() => telemetry.stop());
  const azure = await openAzure({
    eventHub: config.eventHub,
    storage: config.storage,
    workerId: identity.workerId,
    prefetchBytes: config.eventHub.prefetchBytes,
    // A third of the lease: a call that hangs still leaves time for another one.
    storageTimeoutMs: Math.min(maxStorageCallMs, config.leaseMs / 3),
    clock,
    random: systemRandom,
    onStorageRequest: ({ operation, status }) => telemetry.metrics.storageRequest(operation, status),
    onReceivePath: (path) => {
      receivePath = path;
      telemetry.metrics.receivePath(path);
    },
    onWarning: (text) => logger.warn(text),
  });
  opened.defer(() => azure.close());
  const tracing = await startTracing({
    environment: options.environment,
    identity,
    redact: createRedact(secrets),
    warn: (text) => logger.warn(text),
  });
  opened.defer(async () => tracing.stop());
  const http = await startHttp({
    ...config.http,
    clock,
    status,
    metrics: telemetry.metrics,
    history: telemetry.history,
    partitionEnds: async (signal) => readPartitionEnds(azure.source, signal),
    identity,
    receivePath: () => receivePath,
    configuration: options.settings.map(({ variable, value }) => ({ name: variable, value })),
    onError: (error, path) => logger.error({ err: error, path }, 'a request failed here'),
  });
  opened.defer(async () => http.close());
  const worker = new Worker({
    handler: tracing.trace(handler),
    settings: { ...config.engine, lease: { ...config.engine.lease, nonce: randomUUID() } },
    ports: {
      ...azure,
      replays: replaysOf(config.replayProperties, azure.deadLetters),
      clock,
      random: systemRandom,
      report:
        options.report === undefined
          ? telemetry.report
          : fanOut([telemetry.report, options.report], (error) =>
              logger.error({ err: error }, 'a report could not be shown'),
            ),
      handlerLog: telemetry.handlerLog,
    },
  });
  built.worker = worker;
  telemetry.start();
  const everything = opened.move();
  return { worker, logger, url: http.url, close: async () => everything.disposeAsync() };
}

/** Last sequence number of every partition: lag of the partitions that other workers own. */
async function readPartitionEnds(
  source: Pick<EventSource, 'partitionIds' | 'partitionProperties'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const partitionIds = await source.partitionIds(signal);
  const ends = await Promise.all(partitionIds.map(async (id) => source.partitionProperties(id, signal)));
  return new Map(ends.map(({ partitionId, lastSequenceNumber }) => [partitionId, lastSequenceNumber]));
}
