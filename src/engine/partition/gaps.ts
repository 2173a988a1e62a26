// Carries out what is decided about gaps (gap-watch.ts), and keeps count of them for this lease.

import { asError } from '../errors.ts';
import type { PartitionProperties, ReceivedEvent } from '../event.ts';
import type { Clock, EventSource } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import { withDeadline } from '../waiting.ts';
import type { CompletedSet } from './completed-map.ts';
import { GapWatch } from './gap-watch.ts';
import type { Gap } from './gap-watch.ts';
import { advanceOverExpired } from './start-plan.ts';
import type { Watermark } from './watermark.ts';

export interface GapsOptions {
  readonly partitionId: string;
  readonly source: EventSource;
  readonly clock: Clock;
  readonly report: ReportSink;
  readonly watermark: Watermark;
  readonly carried: CompletedSet | undefined;
  /** Closes the link and opens it again at the head. */
  readonly readAgain: () => void;
  readonly signal: AbortSignal;
}

/** The link stands still meanwhile; without an answer the gap is read again, which tells as much. */
const propertiesTimeoutMs = 3_000;

export class Gaps {
  readonly #options: GapsOptions;
  readonly #watch = new GapWatch();
  #events = 0;
  #last: Gap | undefined;

  constructor(options: GapsOptions) {
    this.#options = options;
  }

  /** Sequence numbers passed because nothing is there. */
  get events(): number {
    return this.#events;
  }

  get last(): Gap | undefined {
    return this.#last;
  }

  /**
   * Whether intake may go on with `beyond`, whose first event does not follow the head. False: the link is opened anew at the
   * head, and `beyond` comes again with whatever was missing.
   */
  async pass(beyond: readonly ReceivedEvent[]): Promise<boolean> {
    const { watermark, carried, clock, readAgain } = this.#options;
    const numbers = beyond.map(({ sequenceNumber }) => sequenceNumber);
    const gap: Gap = { from: watermark.headSequenceNumber + 1, to: (numbers[0] ?? 0) - 1 };
    // The former owner went past it, and counted it.
    if (carried !== undefined && gap.to <= carried.last) return true;
    const verdict = this.#watch.judge(gap, numbers, clock.monotonicMs());
    if (verdict === 'read-again') {
      // Retention may have taken what is missing: that is known without reading again.
      if (await this.#isExpired(gap)) return true;
      readAgain();
      return false;
    }
    this.tell(gap, verdict === 'confirmed');
    return true;
  }

  noteTaken(sequenceNumber: number): void {
    this.#watch.noteTaken(sequenceNumber);
  }

  /** Nothing is there, and it is passed. */
  tell(gap: Gap, isChecked: boolean): void {
    const { report, partitionId } = this.#options;
    const events = gap.to - gap.from + 1;
    this.#events += events;
    this.#last = gap;
    report({ kind: 'gap', partitionId, ...gap, events, total: this.#events, isChecked });
  }

  /** Moves the head over what has expired; true when that is all that was missing. */
  async #isExpired(gap: Gap): Promise<boolean> {
    const { watermark, report, partitionId } = this.#options;
    const properties = await this.#readProperties();
    if (properties === undefined) return false;
    const { head } = watermark;
    const { position, expired } = advanceOverExpired(head, properties);
    if (expired === 0) return false;
    const events = Math.min(expired, gap.to - gap.from + 1);
    report({ kind: 'skipped', partitionId, reason: 'expired', events });
    watermark.pass(events === expired ? position : { ...head, sequenceNumber: gap.to });
    return watermark.headSequenceNumber === gap.to;
  }

  async #readProperties(): Promise<PartitionProperties | undefined> {
    const { source, clock, partitionId, signal, report } = this.#options;
    const limit = { operation: 'read partition properties', timeoutMs: propertiesTimeoutMs, signal };
    try {
      return await withDeadline(clock, limit, (inner) => source.partitionProperties(partitionId, inner));
    } catch (error) {
      if (!signal.aborted) report({ kind: 'partition.fault', partitionId, error: asError(error) });
      return undefined;
    }
  }
}
