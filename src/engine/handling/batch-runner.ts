// Runs a unit with a batch handler: per-event results, and bisection of a batch that fails as a whole.
//
// A failed batch is first retried whole (the fault may be downstream). When its attempts are used up it is halved, and the
// halves run one after the other where they share a key, so order per key holds. One poison event among n costs about
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
import { hasDataSteps, prepareData } from './event-data.ts';
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
    let defects: ReadonlyMap<InFlight, Defect>;
    try {
      defects = await this.#findDefects(unit);
    } catch (error) {
      // A schema that throws instead of answering is tried like a handler that throws.
      unit.attempts += 1;
      return this.#failed(unit, error);
    }
    if (defects.size > 0) return { kind: 'split', units: defectsApart(unit, defects), afterMs: 0 };
    // The lease may have gone while the schema took its time.
    return this.#options.mayStart() ? this.#attempt(unit) : { kind: 'interrupted' };
  }

  async #findDefects(unit: Unit): Promise<ReadonlyMap<InFlight, Defect>> {
    const defects = new Map<InFlight, Defect>();
    for (const item of unit.items) {
      const defect = item.defect ?? (await this.#defectOf(item));
      if (defect === undefined) item.isValidated = true;
      else defects.set(item, defect);
    }
    return defects;
  }

  async #defectOf(item: InFlight): Promise<Defect | undefined> {
    if (item.isValidated || !hasDataSteps(this.#handler)) return undefined;
    try {
      const issues = await prepareData(this.#handler, item.view);
      return issues === undefined ? undefined : { reason: 'invalid', error: issues };
    } catch (error) {
      // One event that cannot be read is no failure of its batch.
      if (undecodableIn(error) === undefined) throw error;
      return { reason: 'undecodable', error: reasonOf(error) };
    }
  }

  async #attempt(unit: Unit): Promise<UnitEnd> {
    const { clock, log, partitionId, replays } = this.#options;
    unit.attempts += 1;
    unit.startedAtMs = clock.monotonicMs();
    const context = new EventsContext(partitionId, unit.attempts, log, replays);
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
  #ended(unit: Unit, end: AttemptEnd, results: readonly EventResult[] | undefined): UnitEnd {
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

  #answered(unit: Unit, results: readonly EventResult[] | undefined): UnitEnd {
    const { settle, random, settings } = this.#options;
    const handled: InFlight[] = [];
    // Each event that is not handled goes on by itself, with the attempts it has had; those of one key keep their order.
    const units: Unit[] = [];
    unit.items.forEach((item, index) => {
      const result = results?.[index];
      if (result === undefined || ('ok' in result && result.ok)) handled.push(item);
      else if ('deadLetter' in result) {
        units.push(new Unit([item], unit.attempts, { reason: 'handler', error: result.deadLetter }));
      } else units.push(this.#failedAlone(unit, item, result.error));
    });
    if (handled.length > 0) settle(handled, 'handled', unit.startedAtMs);
    if (units.length === 0) return { kind: 'finished' };
    return { kind: 'split', units, afterMs: backOffMs(unit.attempts, settings, random) };
  }

  #failedAlone(unit: Unit, item: InFlight, error: unknown): Unit {
    const { settings, random, report, partitionId } = this.#options;
    const { sequenceNumber } = item;
    const attempt = unit.attempts;
    const consequence = classifyFailure({ error, attempt }, settings, random);
    const retryInMs = 'afterMs' in consequence ? consequence.afterMs : undefined;
    report({ kind: 'attempt.failed', partitionId, sequenceNumber, attempt, error, retryInMs });
    switch (consequence.kind) {
      case 'dead-letter':
        return new Unit([item], attempt, { reason: consequence.reason, error: reasonOf(error) });
      case 'block':
        report({ kind: 'blocked', partitionId, sequenceNumber, attempts: attempt, error });
        return new Unit([item], attempt);
      case 'stop':
        // Carried out when the event fails once more alone: its neighbours are settled by then.
        return new Unit([item], attempt - 1);
      case 'retry':
        return new Unit([item], attempt);
      default:
        return consequence satisfies never;
    }
  }

  #failed(unit: Unit, error: unknown): UnitEnd {
    const { settings, random, report, partitionId } = this.#options;
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
        unit.letter = { reason: consequence.reason, error: reasonOf(error) };
        return { kind: 'dead-letter' };
      case 'stop':
        return { kind: 'stop', error };
      default:
        return consequence satisfies never;
    }
  }
}

/** Each event that the handler never sees alone, with its letter; what is left goes on together. */
function defectsApart(unit: Unit, defects: ReadonlyMap<InFlight, Defect>): Unit[] {
  const letters = Array.from(defects, ([item, defect]) => new Unit([item], unit.attempts, defect));
  const rest = unit.items.filter((item) => !defects.has(item));
  return rest.length === 0 ? letters : [...letters, new Unit(rest, unit.attempts)];
}

/** The halves have used up all attempts but one: the whole batch had the others. */
function halves(unit: Unit, attempts: number): Unit[] {
  const middle = Math.ceil(unit.items.length / 2);
  return [unit.items.slice(0, middle), unit.items.slice(middle)].map((items) => new Unit(items, attempts));
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
  return groups.map((items) => new Unit(items, attempts));
}
