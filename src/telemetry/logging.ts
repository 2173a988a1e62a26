// The process's log: JSON lines by pino, pretty on a terminal, secrets taken out of every line just before it is written.
// What is worth a line is decided elsewhere (report-log.ts, cli); this is the writing.

import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { HandlerLog } from '../engine/handling/handler.ts';
import { createRedact } from './redaction.ts';
import { describeError } from './error-details.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggingOptions {
  readonly level: LogLevel;
  /** In every line, e.g. the worker's id. */
  readonly bindings: Readonly<Record<string, string>>;
  /** For people at a terminal instead of JSON. */
  readonly isPretty: boolean;
  /** Values to take out wherever they appear, besides everything that looks like a secret. */
  readonly secrets: readonly string[];
  /** Where lines go instead of standard output. */
  readonly destination?: DestinationStream;
}

export interface Logging {
  readonly logger: Logger;
  /** The log handlers get for one partition. */
  readonly handlerLog: (partitionId: string) => HandlerLog;
  /** Writes out what is still buffered; call it before the process ends. */
  flush(): void;
}

/** Characters waiting for a slow reader of standard output; what comes above is dropped rather than held for ever. */
const maxWaitingCharacters = 8 * 1024 * 1024;

export function createLogging(options: LoggingOptions): Logging {
  const redact = createRedact(options.secrets);
  const output = openOutput(options);
  const logger = pino(
    {
      level: options.level,
      base: { ...options.bindings },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
      hooks: { streamWrite: redact },
    },
    output.stream,
  );
  return {
    logger,
    handlerLog: (partitionId) => handlerLogOn(logger.child({ partition: partitionId, source: 'handler' })),
    flush: output.flush,
  };
}

function openOutput(options: LoggingOptions): { stream: DestinationStream; flush: () => void } {
  if (options.destination !== undefined) return { stream: options.destination, flush: () => {} };
  if (options.isPretty) {
    const stream = PinoPretty({
      sync: true,
      ignore: 'pid,hostname,worker',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
    });
    return { stream, flush: () => {} };
  }
  // Asynchronous: a reader that stops reading the pipe must not stop the event loop, and with it the lease renewal.
  const stream = pino.destination({ dest: 1, sync: false, maxLength: maxWaitingCharacters });
  return {
    stream,
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Not open yet or the reader is gone: there is nobody left to tell.
      }
    },
  };
}

function handlerLogOn(logger: Logger): HandlerLog {
  return {
    debug: (message, details = {}) => logger.debug(details, message),
    info: (message, details = {}) => logger.info(details, message),
    warn: (message, details = {}) => logger.warn(details, message),
    error: (message, details = {}) => logger.error(details, message),
  };
}
