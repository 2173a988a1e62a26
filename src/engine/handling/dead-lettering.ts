// Puts a unit's pending letters into the dead-letter store. An event is finished only when its letter is durable; while the
// store is down its lane waits and tries again, and nothing is dropped.

import { asError } from '../errors.ts';
import type { EventOutcome } from '../event-outcome.ts';
import type { InFlight } from '../partition/in-flight.ts';
import type { Clock, DeadLetterSink, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { HandlingSettings } from '../settings.ts';
import { withDeadline } from '../waiting.ts';
import { backOffMs } from './classify.ts';
import type { Unit, UnitEnd } from './unit.ts';

export interface DeadLetteringOptions {
  readonly partitionId: string;
  readonly workerId: string;
  readonly sink: DeadLetterSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: HandlingSettings;
  readonly callTimeoutMs: number;
  readonly report: ReportSink;
  readonly settle: (items: readonly InFlight[], outcome: EventOutcome, startedAtMs: number) => void;
}

export class DeadLettering {
  readonly #options: DeadLetteringOptions;
  readonly #failuresByUnit = new WeakMap<Unit, number>();

  constructor(options: DeadLetteringOptions) {
    this.#options = options;
  }

  /** Stores every pending letter of the unit and finishes its events, one after another. Never rejects. */
  async put(unit: Unit): Promise<UnitEnd> {
    const { report, partitionId, settle } = this.#options;
    for (let letter = unit.letters[0]; letter !== undefined; letter = unit.letters[0]) {
      const { item, reason, error } = letter;
      try {
        await this.#store(unit, item, reason, error);
      } catch (thrown) {
        const failures = (this.#failuresByUnit.get(unit) ?? 0) + 1;
        this.#failuresByUnit.set(unit, failures);
        const { sequenceNumber } = item;
        report({ kind: 'dead-letter.failed', partitionId, sequenceNumber, error: asError(thrown) });
        return { kind: 'again', afterMs: backOffMs(failures, this.#options.settings, this.#options.random) };
      }
      unit.letters.shift();
      unit.items = unit.items.filter((other) => other !== item);
      report({ kind: 'dead-lettered', partitionId, sequenceNumber: item.sequenceNumber, reason, error });
      settle([item], 'dead-lettered', unit.startedAtMs);
    }
    return unit.items.length === 0 ? { kind: 'finished' } : { kind: 'again', afterMs: 0 };
  }

  #store(
    unit: Unit,
    item: InFlight,
    reason: Unit['letters'][number]['reason'],
    error: string,
  ): Promise<void> {
    const { clock, sink, callTimeoutMs, partitionId, workerId } = this.#options;
    const letter = {
      partitionId,
      workerId,
      event: item.event,
      reason,
      error,
      attempts: unit.attempts,
      deadLetteredAtMs: clock.nowMs(),
    };
    return withDeadline(clock, { operation: 'write dead letter', timeoutMs: callTimeoutMs }, (signal) =>
      sink.put(letter, signal),
    );
  }
}
