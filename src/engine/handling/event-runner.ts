// Runs a unit of one event with an event handler. Answers at once when the handler does: no promise is made for a handler
// that returns nothing.

import type { DeadLetterReason } from '../event-outcome.ts';
import type { Clock, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { HandlingSettings } from '../settings.ts';
import type { EventOutcome } from '../event-outcome.ts';
import type { InFlight } from '../partition/in-flight.ts';
import { endOfReturned, endOfThrown } from './attempt-end.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { classifyFailure } from './classify.ts';
import { EventContext } from './context.ts';
import type { EventHandler, HandlerLog } from './handler.ts';
import { reasonOf } from '../errors.ts';
import { hasDataSteps, prepareData } from './event-data.ts';
import type { ReplayReader } from './replays.ts';
import type { Issues } from './schema.ts';
import type { Unit, UnitEnd } from './unit.ts';

/** What both runners need. */
export interface RunnerOptions {
  readonly partitionId: string;
  readonly settings: HandlingSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: ReportSink;
  readonly log: HandlerLog;
  readonly replays: ReplayReader;
  /** An event reached its end; `startedAtMs` is when its last attempt began. */
  readonly settle: (items: readonly InFlight[], outcome: EventOutcome, startedAtMs: number) => void;
  /** Whether a handler may start right now; asked again after everything that was waited for. */
  readonly mayStart: () => boolean;
}

export type RunUnit = (unit: Unit) => UnitEnd | Promise<UnitEnd>;

const finished: UnitEnd = { kind: 'finished' };

export class EventRunner {
  readonly #handler: EventHandler;
  readonly #options: RunnerOptions;

  constructor(handler: EventHandler, options: RunnerOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  run(unit: Unit): UnitEnd | Promise<UnitEnd> {
    const item = unit.items[0];
    if (item === undefined) return finished;
    const { defect } = item;
    if (defect !== undefined) return deadLettered(unit, defect.reason, defect.error);
    if (item.isValidated || !hasDataSteps(this.#handler)) return this.#attempt(unit, item);
    try {
      const issues = prepareData(this.#handler, item.view);
      if (!(issues instanceof Promise)) return this.#validated(unit, item, issues);
      return issues.then(
        (late) => this.#validatedLate(unit, item, late),
        (error: unknown) => this.#schemaThrew(unit, item, error),
      );
    } catch (error) {
      return this.#schemaThrew(unit, item, error);
    }
  }

  /** A schema that throws instead of answering is tried like a handler that throws. */
  #schemaThrew(unit: Unit, item: InFlight, error: unknown): UnitEnd {
    unit.attempts += 1;
    return this.#failed(unit, item, error);
  }

  /** The lease may have gone while the schema took its time. */
  #validatedLate(unit: Unit, item: InFlight, issues: Issues): UnitEnd | Promise<UnitEnd> {
    return this.#options.mayStart() ? this.#validated(unit, item, issues) : { kind: 'interrupted' };
  }

  #validated(unit: Unit, item: InFlight, issues: Issues): UnitEnd | Promise<UnitEnd> {
    if (issues !== undefined) return deadLettered(unit, 'invalid', issues);
    item.isValidated = true;
    return this.#attempt(unit, item);
  }

  #attempt(unit: Unit, item: InFlight): UnitEnd | Promise<UnitEnd> {
    unit.attempts += 1;
    unit.startedAtMs = this.#options.clock.monotonicMs();
    const { log, replays } = this.#options;
    const context = new EventContext(item.view, unit.attempts, log, replays);
    unit.context = context;
    try {
      const result = this.#handler.onEvent(item.view, context);
      if (!isThenable(result)) return this.#ended(unit, item, context, endOfReturned(context.asked));
      return result.then(
        () => this.#ended(unit, item, context, endOfReturned(context.asked)),
        (error: unknown) => this.#ended(unit, item, context, endOfThrown(context.asked, error)),
      );
    } catch (error) {
      return this.#ended(unit, item, context, endOfThrown(context.asked, error));
    }
  }

  #ended(unit: Unit, item: InFlight, context: EventContext, end: AttemptEnd): UnitEnd {
    context.end();
    unit.context = undefined;
    switch (end.kind) {
      case 'finished':
        return this.#finished(unit, context);
      case 'failed':
        return this.#failed(unit, item, end.error);
      case 'interrupted':
        unit.attempts -= 1;
        return { kind: 'interrupted' };
      default:
        return end satisfies never;
    }
  }

  #finished(unit: Unit, context: EventContext): UnitEnd {
    if (context.deadLetterText !== undefined) {
      return deadLettered(unit, 'handler', context.deadLetterText);
    }
    this.#options.settle(unit.items, 'handled', unit.startedAtMs);
    return finished;
  }

  #failed(unit: Unit, item: InFlight, error: unknown): UnitEnd {
    const { settings, random, report, partitionId } = this.#options;
    const { sequenceNumber } = item;
    const attempt = unit.attempts;
    const consequence = classifyFailure({ error, attempt }, settings, random);
    const retryInMs = 'afterMs' in consequence ? consequence.afterMs : undefined;
    report({ kind: 'attempt.failed', partitionId, sequenceNumber, attempt, error, retryInMs });
    switch (consequence.kind) {
      case 'retry':
        return { kind: 'again', afterMs: consequence.afterMs };
      case 'block':
        report({ kind: 'blocked', partitionId, sequenceNumber, attempts: attempt, error });
        return { kind: 'again', afterMs: consequence.afterMs, isBlocked: true };
      case 'dead-letter':
        return deadLettered(unit, consequence.reason, reasonOf(error));
      case 'stop':
        return { kind: 'stop', error };
      default:
        return consequence satisfies never;
    }
  }
}

function deadLettered(unit: Unit, reason: DeadLetterReason, error: string): UnitEnd {
  unit.letter = { reason, error };
  return { kind: 'dead-letter' };
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
