// The link of a partition: opened with the lease's generation, opened again when it dies, and renewed when the watchdog
// says so. What an ended link means for the partition is the processor's to decide.

import type { Position } from '../event.ts';
import type { Clock, EventSource, Link, LinkEnd, LinkListener, Random, ReceivedBatch } from '../ports.ts';
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
  readonly head: () => Position;
  readonly fenced: () => void;
  readonly invalidPosition: () => void;
  /** Aborted: never open again. */
  readonly signal: AbortSignal;
}

export class Attachment {
  readonly #options: AttachmentOptions;
  #link: Link | undefined;
  #isClosed = false;

  constructor(options: AttachmentOptions) {
    this.#options = options;
  }

  open(start: Position | { readonly enqueuedAfterMs: number }): void {
    const { partitionId, generation, source, report, receive } = this.#options;
    const listener: LinkListener = {
      receive,
      fault: (error) => report({ kind: 'partition.fault', partitionId, error }),
      ended: (end) => this.#ended(end),
    };
    this.#link = source.open({ partitionId, generation, start }, listener);
  }

  /** Replaces the link by a new one at the head. */
  async renew(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
    await this.#reopen();
  }

  /** No event is delivered from here on; settles when the link is gone or its deadline passed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#link?.close();
  }

  #ended(end: LinkEnd): void {
    const { partitionId, report, fenced, invalidPosition } = this.#options;
    this.#link = undefined;
    if (this.#isClosed) return;
    switch (end.kind) {
      case 'fenced':
        return fenced();
      case 'invalid-position':
        return invalidPosition();
      case 'died':
        report({ kind: 'partition.fault', partitionId, error: end.error });
        void this.#reopen();
        return;
      default:
        return end satisfies never;
    }
  }

  async #reopen(): Promise<void> {
    const { clock, random, signal, head } = this.#options;
    await sleep(clock, reopenAfterMs * (0.5 + random.next()), signal);
    if (!this.#isClosed && !signal.aborted && this.#link === undefined) this.open(head());
  }
}
