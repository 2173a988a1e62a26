// Contexts for calling a handler's function directly in a test; they record what the handler did with them.

import { idempotencyKeyOf } from '../engine/handling/event-view.ts';
import type { BatchContext, HandlerContext, HandlerLog } from '../engine/handling/handler.ts';
import type { Replay } from '../engine/handling/replays.ts';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import { receivedEventOf } from './test-event.ts';

export interface LogLine {
  readonly level: keyof HandlerLog;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface TestContextFields {
  readonly partitionId?: string;
  readonly sequenceNumber?: number;
  readonly attempt?: number;
  readonly idempotencyKey?: string;
  /** Default: the event is no replay. */
  readonly replay?: Replay;
}

export interface Recorded {
  readonly logs: readonly LogLine[];
  /** Aborts `signal`, as a lost lease or a timed out attempt does. */
  abort(reason?: unknown): void;
}

export interface TestContext extends HandlerContext, Recorded {
  /** What the handler gave to deadLetter(); undefined when it did not ask for one. */
  readonly deadLetterReason: string | undefined;
}

export interface TestBatchContext extends BatchContext, Recorded {}

/** The context of a per-event handler: first attempt, partition "0", sequence number 0 unless told. */
export function createTestContext(fields: TestContextFields = {}): TestContext {
  const { partitionId = '0', sequenceNumber = 0, attempt = 1 } = fields;
  const logs: LogLine[] = [];
  const abortion = new AbortController();
  let deadLetterReason: string | undefined;
  return {
    partitionId,
    sequenceNumber,
    attempt,
    idempotencyKey:
      fields.idempotencyKey ?? idempotencyKeyOf(partitionId, receivedEventOf({}, sequenceNumber)),
    signal: abortion.signal,
    log: recordingLog(logs),
    logs,
    replay: async () => fields.replay,
    deadLetter: (reason): void => {
      deadLetterReason = reason;
    },
    get deadLetterReason(): string | undefined {
      return deadLetterReason;
    },
    abort: (reason?: unknown): void => abortion.abort(reason),
  };
}

/** The context of a batch handler. */
export function createTestBatchContext(
  fields: Pick<TestContextFields, 'partitionId' | 'attempt' | 'replay'> = {},
): TestBatchContext {
  const logs: LogLine[] = [];
  const abortion = new AbortController();
  return {
    partitionId: fields.partitionId ?? '0',
    attempt: fields.attempt ?? 1,
    signal: abortion.signal,
    log: recordingLog(logs),
    logs,
    idempotencyKey: (event: WorkerEvent): string =>
      idempotencyKeyOf(event.partitionId, {
        ...receivedEventOf({}, event.sequenceNumber),
        enqueuedAtMs: event.enqueuedAt.getTime(),
      }),
    replay: async () => fields.replay,
    abort: (reason?: unknown): void => abortion.abort(reason),
  };
}

export function recordingLog(lines: LogLine[]): HandlerLog {
  const at =
    (level: keyof HandlerLog): HandlerLog['info'] =>
    (message, details = {}) => {
      lines.push({ level, message, details });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
