// Wires the parts together: one ReportSink for the engine that feeds metrics, log and history. A subscriber must never
// harm the engine, so whatever one of them throws is counted and written once, and goes no further.

import { Registry } from 'prom-client';
import type { Clock } from '../engine/ports.ts';
import type { HandlerLog } from '../engine/handling/handler.ts';
import type { Report, ReportSink } from '../engine/reports.ts';
import type { WorkerStatus } from '../engine/status.ts';
import { History } from './history.ts';
import type { Logging } from './logging.ts';
import { WorkerMetrics } from './metrics.ts';
import type { WorkerIdentity } from './metrics.ts';
import { createRedact } from './redaction.ts';
import { ReportLog } from './report-log.ts';

export interface TelemetryOptions {
  readonly identity: WorkerIdentity;
  readonly clock: Clock;
  readonly logging: Logging;
  /** Undefined before the worker is built. */
  readonly status: () => WorkerStatus | undefined;
  /** Values to keep out of the history, besides everything that looks like a secret. */
  readonly secrets: readonly string[];
  readonly withProcessMetrics: boolean;
}

export interface Telemetry {
  /** Give it to the engine. */
  readonly report: ReportSink;
  readonly metrics: WorkerMetrics;
  readonly history: History;
  readonly handlerLog: (partitionId: string) => HandlerLog;
  /** Begins to sample the lag. */
  start(): void;
  /** Ends sampling and writes out the log. */
  stop(): void;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, logging, status } = options;
  const metrics = new WorkerMetrics({
    registry: new Registry(),
    identity: options.identity,
    clock,
    status,
    withProcessMetrics: options.withProcessMetrics,
  });
  const history = new History({ clock, status, redact: createRedact(options.secrets) });
  const log = new ReportLog(logging.logger, clock);
  const report = fanOut([metrics.report, log.report, history.report], (error) =>
    logging.logger.error({ err: error }, 'a report could not be recorded; the worker goes on'),
  );
  return {
    report,
    metrics,
    history,
    handlerLog: logging.handlerLog,
    start: () => history.start(),
    stop: () => {
      history.stop();
      logging.flush();
    },
  };
}

/** Gives each report to every subscriber. A subscriber that throws is told of once, at its first throw. */
export function fanOut(subscribers: readonly ReportSink[], onDefect: (error: unknown) => void): ReportSink {
  const defective = new Set<ReportSink>();
  return (report: Report) => {
    for (const subscriber of subscribers) {
      try {
        subscriber(report);
      } catch (error) {
        if (defective.has(subscriber)) continue;
        defective.add(subscriber);
        onDefect(error);
      }
    }
  };
}
