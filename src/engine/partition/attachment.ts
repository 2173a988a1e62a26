// The link of a partition: opened with the lease's generation, opened again when it dies, and renewed when the watchdog
// says so. What an ended link means for the partition is the processor's to decide.

import { isNumbered, unknownOffset } from '../event.ts';
import type {
  Clock,
  EventSource,
  Link,
  LinkEnd,
  LinkListener,
  LinkOptions,
  Random,
  ReceivedBatch,
} from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import { sleep } from '../waiting.ts';

const reopenAfterMs = 500;

export interface AttachmentOptions {
  readonly partitionId: string;
  readonly generation: number;
  readonly source: EventSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: ReportSink;
  readonly receive: (batch: ReceivedBatch) => Promise<void>;
  /** Where to go on after an interruption. */
  readonly whereToOpen: () => LinkOptions['start'];
  /** What the link delivers may be late, or may not have been sent: it ended, or heals a fault. */
  readonly disturbed: () => void;
  readonly fenced: () => void;
  readonly invalidPosition: () => void;
  /** Aborted: never open again. */
  readonly signal: AbortSignal;
}

export class Attachment {
  readonly #options: AttachmentOptions;
  #link: Link | undefined;
  #isClosed = false;
  #start: LinkOptions['start'] | undefined;
  /** An offset that the hub did not take: not given to it again. */
  #refusedOffset: string | undefined;

  constructor(options: AttachmentOptions) {
    this.#options = options;
  }

  open(start: LinkOptions['start']): void {
    const { partitionId, generation, source, report, receive, disturbed } = this.#options;
    const listener: LinkListener = {
      receive,
      fault: (error) => {
        disturbed();
        report({ kind: 'partition.fault', partitionId, error });
      },
      ended: (end) => this.#ended(end),
    };
    this.#start = this.#withoutRefused(start);
    this.#link = source.open({ partitionId, generation, start: this.#start }, listener);
  }

  /**
   * Replaces the link by a new one. Nothing is delivered by the present one from here on, whatever renewal is under way already:
   * 1. a link dies and waits to be opened 2. the watchdog renews, and waits, too 3. the first of them opens a link 4. a gap on that
   * link asks for another reading. Taken for the renewal of step 2, it would leave the link delivering behind the gap.
   */
  async renew(): Promise<void> {
    const link = this.#link;
    await link?.close();
    if (this.#link === link) this.#link = undefined;
    await this.#reopen();
  }

  /** No event is delivered from here on; settles when the link is gone or its deadline passed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#link?.close();
  }

  #ended(end: LinkEnd): void {
    const { partitionId, report, fenced, invalidPosition, disturbed } = this.#options;
    this.#link = undefined;
    if (this.#isClosed) return;
    disturbed();
    switch (end.kind) {
      case 'fenced':
        return fenced();
      case 'invalid-position':
        return invalidPosition();
      case 'offset-refused':
        return this.#withoutOffset() ? void this.#reopen() : invalidPosition();
      case 'died':
        report({ kind: 'partition.fault', partitionId, error: end.error });
        void this.#reopen();
        return;
      default:
        return end satisfies never;
    }
  }

  /** Whether the refused position can be read on from by its sequence number, which every hub takes. */
  #withoutOffset(): boolean {
    const { partitionId, report } = this.#options;
    const start = this.#start;
    if (start === undefined || 'enqueuedAfterMs' in start) return false;
    const { sequenceNumber, offset } = start;
    if (offset === unknownOffset || sequenceNumber < 0) return false;
    this.#refusedOffset = offset;
    report({ kind: 'offset-refused', partitionId, offset, sequenceNumber });
    return true;
  }

  #withoutRefused(start: LinkOptions['start']): LinkOptions['start'] {
    const isRefused = 'offset' in start && start.offset === this.#refusedOffset && isNumbered(start);
    return isRefused ? { ...start, offset: unknownOffset } : start;
  }

  async #reopen(): Promise<void> {
    const { clock, random, signal, whereToOpen } = this.#options;
    await sleep(clock, reopenAfterMs * (0.5 + random.next()), signal);
    if (!this.#isClosed && !signal.aborted && this.#link === undefined) this.open(whereToOpen());
  }
}
