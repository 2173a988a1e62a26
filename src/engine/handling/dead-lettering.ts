// Puts a unit's letter into the dead-letter store. An event is finished only when its letter is durable; while the
// store is down its lane waits and tries again, and nothing is dropped.

import { asError } from '../errors.ts';
import type { EventOutcome } from '../event-outcome.ts';
import type { InFlight } from '../partition/in-flight.ts';
import type { Clock, DeadLetterSink, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { HandlingSettings } from '../settings.ts';
import { withDeadline } from '../waiting.ts';
import { backOffMs } from './classify.ts';
import type { PendingLetter, Unit, UnitEnd } from './unit.ts';

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

  /** Stores the unit's letter and finishes its event. Never rejects. */
  async put(unit: Unit): Promise<UnitEnd> {
    const { report, partitionId, settle, settings, random } = this.#options;
    const { letter } = unit;
    const [item] = unit.items;
    if (item === undefined || letter === undefined) return { kind: 'finished' };
    const { sequenceNumber } = item;
    try {
      await this.#store(unit, item, letter);
    } catch (thrown) {
      const failures = (this.#failuresByUnit.get(unit) ?? 0) + 1;
      this.#failuresByUnit.set(unit, failures);
      report({ kind: 'dead-letter.failed', partitionId, sequenceNumber, error: asError(thrown) });
      return { kind: 'again', afterMs: backOffMs(failures, settings, random) };
    }
    report({ kind: 'dead-lettered', partitionId, sequenceNumber, ...letter });
    settle([item], 'dead-lettered', unit.startedAtMs);
    return { kind: 'finished' };
  }

  #store(unit: Unit, item: InFlight, { reason, error }: PendingLetter): Promise<void> {
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
