// Takes received events in: drops what is done, waits for room, and queues the rest in their lanes. While it waits the link
// delivers nothing, so back-pressure reaches the broker as credit that is not renewed.

import type { ReceivedEvent } from '../event.ts';
import { defectOfKey } from '../handling/classify.ts';
import { KeyFailure, orderingKeyOf } from '../handling/key.ts';
import type { KeyOf } from '../handling/handler.ts';
import type { ReportSink } from '../reports.ts';
import type { Ordering } from '../settings.ts';
import type { BudgetAccount } from './budget.ts';
import { hasRoomInMap } from './completed-map.ts';
import type { CompletedSet } from './completed-map.ts';
import type { Gaps } from './gaps.ts';
import type { InFlight } from './in-flight.ts';
import type { Watermark } from './watermark.ts';
import type { Work } from './work.ts';

export interface IntakeOptions {
  readonly partitionId: string;
  readonly ordering: Ordering;
  readonly keyOf: KeyOf | undefined;
  readonly watermark: Watermark;
  readonly carried: CompletedSet | undefined;
  readonly gaps: Gaps;
  readonly budget: BudgetAccount;
  readonly work: Work;
  readonly report: ReportSink;
  /** Events went by that the last owner had finished: the watermark may have moved without anybody handling anything. */
  readonly passed: (events: number) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  #isOpen = true;
  #waiter: (() => void) | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** The worker itself holds the link back. */
  get isHeldBack(): boolean {
    return this.#waiter !== undefined;
  }

  /** Takes a batch in; settles when all of it is queued, what follows a gap is to be read again, or the intake was closed. */
  async take(events: readonly ReceivedEvent[]): Promise<void> {
    const { watermark, carried, gaps, budget, work, report, partitionId } = this.#options;
    let bytes = 0;
    let done = 0;
    let passed = 0;
    let index = -1;
    for (const event of events) {
      index += 1;
      const { sequenceNumber } = event;
      bytes += event.sizeBytes;
      if (!watermark.isAnchored) watermark.anchorBefore(sequenceNumber);
      // A link that was renewed may deliver again what is in flight already.
      if (sequenceNumber <= watermark.headSequenceNumber) {
        done += 1;
        continue;
      }
      const isNext = sequenceNumber === watermark.headSequenceNumber + 1;
      if (!isNext && !(await gaps.pass(events.slice(index)))) break;
      if (!this.#isOpen) break;
      gaps.noteTaken(sequenceNumber);
      if (carried?.has(sequenceNumber) === true) {
        watermark.pass(event);
        passed += 1;
        continue;
      }
      if (!this.#hasRoom()) {
        work.wake();
        await this.#roomOrClose();
      }
      if (!this.#isOpen) break;
      const item = watermark.admit(event);
      budget.take(item.bytes);
      work.add(item, this.#laneKey(item));
    }
    if (events.length > 0) report({ kind: 'received', partitionId, events: events.length, bytes });
    if (done + passed > 0) report({ kind: 'skipped', partitionId, reason: 'done', events: done + passed });
    if (passed > 0) this.#options.passed(passed);
    work.wake();
  }

  /** Something was finished: there may be room again. */
  recheck(): void {
    if (this.#waiter === undefined || !this.#hasRoom()) return;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter();
  }

  /** Takes nothing more in. */
  close(): void {
    this.#isOpen = false;
    this.#waiter?.();
    this.#waiter = undefined;
  }

  #hasRoom(): boolean {
    const { watermark, budget } = this.#options;
    const distance = watermark.headSequenceNumber - watermark.sequenceNumber;
    return budget.hasRoom() && hasRoomInMap(distance, watermark.unfinishedCount);
  }

  async #roomOrClose(): Promise<void> {
    while (this.#isOpen && !this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
        // Room in the budget may come from another partition, room in the map only from our own (recheck).
        this.#options.budget.whenRoom(() => this.recheck());
      });
    }
  }

  #laneKey(item: InFlight): string | undefined {
    const { ordering, keyOf } = this.#options;
    // No handler sees it, so nothing has to be ordered with it, and nothing waits behind it while the letter store is down.
    if (item.defect !== undefined) return undefined;
    if (ordering === 'none') return undefined;
    if (ordering === 'partition') return '';
    const key = orderingKeyOf(item.view, keyOf);
    if (!(key instanceof KeyFailure)) return key;
    item.defect = defectOfKey(key.error);
    return undefined;
  }
}
