// Runs a unit with a batch handler: per-event results, and bisection of a batch that fails as a whole.
//
// A failed batch is first retried whole (the fault may be downstream). When its attempts are used up it is halved, and the
// halves run one after the other under the same locked lanes, so order per key holds. One poison event among n costs about
// 2 log2 n more calls and only itself is dead-lettered. An event that cannot be read is found by reading, not by halving.

import { reasonOf } from '../errors.ts';
import type { InFlight } from '../partition/in-flight.ts';
import { endOfReturned, endOfThrown } from './attempt-end.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { parseResults } from './batch-results.ts';
import { backOffMs, classifyFailure } from './classify.ts';
import type { Defect } from './classify.ts';
import { EventsContext } from './context.ts';
import { isThenable } from './event-runner.ts';
import type { RunnerOptions } from './event-runner.ts';
import type { BatchHandler, EventResult } from './handler.ts';
import { validate } from './schema.ts';
import { isReadable, undecodableIn } from './undecodable.ts';
import { Unit } from './unit.ts';
import type { UnitEnd } from './unit.ts';

export class BatchRunner {
  readonly #handler: BatchHandler;
  readonly #options: RunnerOptions;

  constructor(handler: BatchHandler, options: RunnerOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  async run(unit: Unit): Promise<UnitEnd> {
    if (unit.letters.length > 0) return this.#options.deadLettering.put(unit);
    try {
      await this.#sortOutInvalid(unit);
    } catch (error) {
      // A schema that throws instead of answering is tried like a handler that throws.
      unit.attempts += 1;
      return this.#failed(unit, error);
    }
    if (unit.letters.length > 0) return this.#options.deadLettering.put(unit);
    if (unit.items.length === 0) return { kind: 'finished' };
    // The lease may have gone while the schema took its time.
    return this.#options.mayStart() ? this.#attempt(unit) : { kind: 'interrupted' };
  }

  async #sortOutInvalid(unit: Unit): Promise<void> {
    const { schema } = this.#handler;
    for (const item of unit.items) {
      const defect = item.defect ?? (await this.#defectOf(item, schema));
      if (defect === undefined) item.isValidated = true;
      else unit.letters.push({ item, ...defect });
    }
  }

  async #defectOf(item: InFlight, schema: BatchHandler['schema']): Promise<Defect | undefined> {
    if (schema === undefined || item.isValidated) return undefined;
    try {
      const issues = await validate(schema, item.view);
      return issues === undefined ? undefined : { reason: 'invalid', error: issues };
    } catch (error) {
      // One event that cannot be read is no failure of its batch.
      if (undecodableIn(error) === undefined) throw error;
      return { reason: 'undecodable', error: reasonOf(error) };
    }
  }

  async #attempt(unit: Unit): Promise<UnitEnd> {
    const { clock, log, partitionId } = this.#options;
    unit.attempts += 1;
    unit.startedAtMs = clock.monotonicMs();
    const context = new EventsContext(partitionId, unit.attempts, log);
    unit.context = context;
    try {
      const answer = this.#handler.onBatch(
        unit.items.map((item) => item.view),
        context,
      );
      const results = parseResults(isThenable(answer) ? await answer : answer, unit.items.length);
      return this.#ended(unit, endOfReturned(context.asked), results);
    } catch (error) {
      return this.#ended(unit, endOfThrown(context.asked, error), undefined);
    }
  }

  /** What a handler says of single events after it was told to stop counts as little as its return does. */
  #ended(
    unit: Unit,
    end: AttemptEnd,
    results: readonly EventResult[] | undefined,
  ): UnitEnd | Promise<UnitEnd> {
    unit.context = undefined;
    switch (end.kind) {
      case 'finished':
        return this.#answered(unit, results);
      case 'failed':
        return this.#failed(unit, end.error);
      case 'interrupted':
        unit.attempts -= 1;
        return { kind: 'interrupted' };
      default:
        return end satisfies never;
    }
  }

  #answered(unit: Unit, results: readonly EventResult[] | undefined): UnitEnd | Promise<UnitEnd> {
    const { settle, random, settings } = this.#options;
    const failures: { readonly item: InFlight; readonly error: unknown }[] = [];
    const handled: InFlight[] = [];
    unit.items.forEach((item, index) => {
      const result = results?.[index];
      if (result === undefined || ('ok' in result && result.ok)) handled.push(item);
      else if ('deadLetter' in result)
        unit.letters.push({ item, reason: 'handler', error: result.deadLetter });
      else failures.push({ item, error: result.error });
    });
    if (handled.length > 0) settle(handled, 'handled', unit.startedAtMs);

    // Each failed event goes on by itself, in order, with the attempts it has had.
    const units = failures.flatMap(({ item, error }) => this.#failedAlone(unit, item, error) ?? []);
    unit.items = unit.letters.map((letter) => letter.item);
    if (units.length === 0 && unit.items.length === 0) return { kind: 'finished' };
    const rest = unit.items.length === 0 ? units : [unit, ...units];
    return {
      kind: 'split',
      units: rest,
      afterMs: units.length === 0 ? 0 : backOffMs(unit.attempts, settings, random),
    };
  }

  #failedAlone(unit: Unit, item: InFlight, error: unknown): Unit | undefined {
    const { settings, random, report, partitionId } = this.#options;
    const attempt = unit.attempts;
    const consequence = classifyFailure({ error, attempt }, settings, random);
    report({
      kind: 'attempt.failed',
      partitionId,
      sequenceNumber: item.sequenceNumber,
      attempt,
      error,
      retryInMs: 'afterMs' in consequence ? consequence.afterMs : undefined,
    });
    if (consequence.kind === 'dead-letter') {
      unit.letters.push({ item, reason: consequence.reason, error: reasonOf(error) });
      return undefined;
    }
    if (consequence.kind === 'block') {
      report({ kind: 'blocked', partitionId, sequenceNumber: item.sequenceNumber, attempts: attempt, error });
    }
    // Policy `stop` is carried out when the event fails once more alone: its neighbours are settled by then.
    return new Unit(unit.lanes, [item], consequence.kind === 'stop' ? attempt - 1 : attempt);
  }

  #failed(unit: Unit, error: unknown): UnitEnd | Promise<UnitEnd> {
    const { settings, random, report, partitionId, deadLettering } = this.#options;
    const first = unit.items[0];
    if (first === undefined) return { kind: 'finished' };
    const attempt = unit.attempts;
    const { sequenceNumber } = first;
    const consequence = classifyFailure({ error, attempt }, settings, random);
    const retryInMs = 'afterMs' in consequence ? consequence.afterMs : undefined;
    report({ kind: 'attempt.failed', partitionId, sequenceNumber, attempt, error, retryInMs });
    if (consequence.kind === 'retry') return { kind: 'again', afterMs: consequence.afterMs };
    if (unit.items.length > 1) {
      const isUndecodable = undecodableIn(error) !== undefined;
      const units = isUndecodable ? unreadableApart(unit) : halves(unit, settings.maxAttempts - 1);
      return { kind: 'split', units, afterMs: 0 };
    }
    switch (consequence.kind) {
      case 'block':
        report({ kind: 'blocked', partitionId, sequenceNumber, attempts: attempt, error });
        return { kind: 'again', afterMs: consequence.afterMs, isBlocked: true };
      case 'dead-letter':
        unit.letters.push({ item: first, reason: consequence.reason, error: reasonOf(error) });
        return deadLettering.put(unit);
      case 'stop':
        return { kind: 'stop', error };
      default:
        return consequence satisfies never;
    }
  }
}

/** The halves have used up all attempts but one: the whole batch had the others. */
function halves(unit: Unit, attempts: number): Unit[] {
  const middle = Math.ceil(unit.items.length / 2);
  return [unit.items.slice(0, middle), unit.items.slice(middle)].map(
    (items) => new Unit(unit.lanes, items, attempts),
  );
}

/**
 * Each event that cannot be read alone, what lies between them together, in order. The call that failed counts for none:
 * it was not the neighbours' fault. Where every event can be read (the handler blames another one), halves find it.
 */
function unreadableApart(unit: Unit): Unit[] {
  const attempts = unit.attempts - 1;
  const groups: InFlight[][] = [];
  let open: InFlight[] | undefined;
  for (const item of unit.items) {
    const isWhole = isReadable(item.event.message);
    if (isWhole && open !== undefined) open.push(item);
    else groups.push([item]);
    open = isWhole ? groups.at(-1) : undefined;
  }
  if (groups.length === 1) return halves(unit, attempts);
  return groups.map((items) => new Unit(unit.lanes, items, attempts));
}
