// What a handler is given beside the event. Made for each attempt on the hot path: an AbortController is created only for
// a handler that asks for its signal.

import type { WorkerError } from '../errors.ts';
import type { ReceivedEvent } from '../event.ts';
import { idempotencyKeyOf } from './event-view.ts';
import type { EventView } from './event-view.ts';
import type { BatchContext, HandlerContext, HandlerLog, WorkerEvent } from './handler.ts';

/** Why an attempt was told to stop. After `interrupted` its failure is not the handler's fault and counts as no attempt. */
export type AbortCause = 'interrupted' | 'timed-out';

abstract class AttemptContext {
  readonly partitionId: string;
  readonly attempt: number;
  abortCause: AbortCause | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #abortReason: WorkerError | undefined = undefined;

  constructor(partitionId: string, attempt: number) {
    this.partitionId = partitionId;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Aborts the signal; the first cause stays. */
  abort(cause: AbortCause, reason: WorkerError): void {
    if (this.abortCause !== undefined) return;
    this.abortCause = cause;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

export class EventContext extends AttemptContext implements HandlerContext {
  readonly #event: ReceivedEvent;
  readonly #log: HandlerLog;
  /** Set by the handler: this event ends as a dead letter with that text. */
  deadLetterText: string | undefined = undefined;

  constructor(view: EventView, attempt: number, log: HandlerLog) {
    super(view.partitionId, attempt);
    this.#event = view.received;
    this.#log = log;
  }

  get sequenceNumber(): number {
    return this.#event.sequenceNumber;
  }

  get idempotencyKey(): string {
    return idempotencyKeyOf(this.partitionId, this.#event);
  }

  get log(): HandlerLog {
    const place = { sequenceNumber: this.#event.sequenceNumber, attempt: this.attempt };
    return placedLog(this.#log, place);
  }

  deadLetter(reason: string): void {
    this.deadLetterText = reason;
  }
}

export class EventsContext extends AttemptContext implements BatchContext {
  readonly #log: HandlerLog;

  constructor(partitionId: string, attempt: number, log: HandlerLog) {
    super(partitionId, attempt);
    this.#log = log;
  }

  get log(): HandlerLog {
    return placedLog(this.#log, { attempt: this.attempt });
  }

  idempotencyKey(event: WorkerEvent): string {
    return idempotencyKeyOf(this.partitionId, {
      sequenceNumber: event.sequenceNumber,
      enqueuedAtMs: event.enqueuedAt.getTime(),
    });
  }
}

function placedLog(log: HandlerLog, place: Readonly<Record<string, unknown>>): HandlerLog {
  return {
    debug: (message, details) => log.debug(message, { ...place, ...details }),
    info: (message, details) => log.info(message, { ...place, ...details }),
    warn: (message, details) => log.warn(message, { ...place, ...details }),
    error: (message, details) => log.error(message, { ...place, ...details }),
  };
}
