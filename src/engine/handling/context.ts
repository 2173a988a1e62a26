// What a handler is given beside the event. Made for each attempt on the hot path: an AbortController is created only for
// a handler that asks for its signal.

import { reasonOf } from '../errors.ts';
import type { WorkerError } from '../errors.ts';
import type { ReceivedEvent } from '../event.ts';
import type { StopRequest } from './attempt-end.ts';
import { idempotencyKeyOf } from './event-view.ts';
import type { EventView } from './event-view.ts';
import type { BatchContext, HandlerContext, HandlerLog } from './handler.ts';
import type { Replay, ReplayReader } from './replays.ts';
import type { WorkerEvent } from './worker-event.ts';

/** Why an attempt was told to stop. After `interrupted` its failure is not the handler's fault and counts as no attempt. */
export type AbortCause = 'interrupted' | 'timed-out';

abstract class AttemptContext {
  readonly partitionId: string;
  readonly attempt: number;
  #asked: StopRequest | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(partitionId: string, attempt: number) {
    this.partitionId = partitionId;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#asked !== undefined) this.#controller.abort(this.#asked.reason);
    }
    return this.#controller.signal;
  }

  /** Why this attempt was told to stop; undefined: it was not. */
  get asked(): StopRequest | undefined {
    return this.#asked;
  }

  /** Aborts the signal; the first cause stays. */
  abort(cause: AbortCause, reason: WorkerError): void {
    if (this.#asked !== undefined) return;
    this.#asked = { cause, reason };
    this.#controller?.abort(reason);
  }
}

export class EventContext extends AttemptContext implements HandlerContext {
  readonly #event: ReceivedEvent;
  readonly #log: HandlerLog;
  readonly #replays: ReplayReader;
  #deadLetterText: string | undefined = undefined;
  #isOver = false;

  constructor(view: EventView, attempt: number, log: HandlerLog, replays: ReplayReader) {
    super(view.partitionId, attempt);
    this.#event = view.received;
    this.#log = log;
    this.#replays = replays;
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

  replay(): Promise<Replay | undefined> {
    return this.#replays.read(this.#event, this.signal);
  }

  /** The handler asked for a dead letter with that text. */
  get deadLetterText(): string | undefined {
    return this.#deadLetterText;
  }

  /** Takes what plain JavaScript gives: nothing, an Error, anything. The first word stays; after the attempt it is too late. */
  deadLetter(reason?: unknown): void {
    if (this.#isOver) {
      this.log.warn('context.deadLetter was called after the attempt had ended, and changes nothing');
      return;
    }
    this.#deadLetterText ??= deadLetterTextOf(reason);
  }

  /** The attempt ended: nothing it says from now on counts. */
  end(): void {
    this.#isOver = true;
  }
}

/** A handler's reason as text, also where it gave none. */
export function deadLetterTextOf(reason: unknown): string {
  if (reason === undefined || reason === null || reason === '') return 'the handler gave no reason';
  return reasonOf(reason);
}

export class EventsContext extends AttemptContext implements BatchContext {
  readonly #log: HandlerLog;
  readonly #replays: ReplayReader;

  constructor(partitionId: string, attempt: number, log: HandlerLog, replays: ReplayReader) {
    super(partitionId, attempt);
    this.#log = log;
    this.#replays = replays;
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

  replay(event: WorkerEvent): Promise<Replay | undefined> {
    return this.#replays.read(event, this.signal);
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
