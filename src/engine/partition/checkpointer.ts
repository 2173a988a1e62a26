// Writes a partition's checkpoints: when flush.ts says so, one write at a time, and a last one that must succeed.

import { asError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { CheckpointResult, FlushTrigger, ReportSink } from '../reports.ts';
import type { CheckpointSettings } from '../settings.ts';
import { sleep } from '../waiting.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';
import { encodeCompleted } from './completed-map.ts';
import type { CompletedSet } from './completed-map.ts';
import { dueFlush } from './flush.ts';
import type { Watermark } from './watermark.ts';

const retryAfterMs = 1_000;

export interface CheckpointerOptions {
  readonly partitionId: string;
  readonly writer: CheckpointWriter;
  readonly watermark: Watermark;
  readonly carried: CompletedSet | undefined;
  readonly settings: CheckpointSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: ReportSink;
  /** The checkpoint shows a later generation. */
  readonly fenced: () => void;
  readonly signal: AbortSignal;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #finishedEvents = 0;
  #dirtySinceMs = 0;
  #lastWriteMs: number;
  #lastActivityMs: number;
  #notBeforeMs = 0;
  #writing: Promise<CheckpointResult> | undefined;
  /** What the store holds. */
  #stored: number;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#lastWriteMs = nowMs;
    this.#lastActivityMs = nowMs;
    this.#stored = options.watermark.sequenceNumber;
  }

  get storedSequenceNumber(): number {
    return this.#stored;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#lastWriteMs;
  }

  noteArrival(nowMs: number): void {
    this.#lastActivityMs = nowMs;
  }

  /** Events finished, or passed over because they expired: the store does not know yet. */
  noteFinished(events: number, nowMs: number): void {
    if (this.#finishedEvents === 0) this.#dirtySinceMs = nowMs;
    this.#finishedEvents += events;
    this.#lastActivityMs = nowMs;
  }

  /** Starts a write when one is due. */
  writeIfDue(nowMs: number): void {
    if (this.#writing !== undefined) return;
    const trigger = dueFlush(
      {
        finishedEvents: this.#finishedEvents,
        dirtySinceMs: this.#dirtySinceMs,
        lastWriteMs: this.#lastWriteMs,
        lastActivityMs: this.#lastActivityMs,
        unfinishedEvents: this.#options.watermark.unfinishedCount,
        notBeforeMs: this.#notBeforeMs,
      },
      this.#options.settings,
      nowMs,
    );
    if (trigger !== undefined) void this.write(trigger);
  }

  /** One write of what is finished now. Never rejects; `fenced` was told to the owner already. */
  write(trigger: FlushTrigger): Promise<CheckpointResult> {
    const writing = (this.#writing ?? Promise.resolve()).then(() => this.#writeOnce(trigger));
    const tracked: Promise<CheckpointResult> = writing.finally(() => {
      if (this.#writing === tracked) this.#writing = undefined;
    });
    this.#writing = tracked;
    return tracked;
  }

  /** Writes until everything finished is stored. False when the lease was lost or the signal ended it first. */
  async writeRest(trigger: FlushTrigger, signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    for (;;) {
      // 1. a drain's write takes the finished events along  2. a stop asks whether all is stored  3. that write fails.
      // Nothing is left to write only once no write is under way.
      while (this.#writing !== undefined) await this.#writing;
      if (this.#finishedEvents === 0) return true;
      if (signal.aborted) return false;
      const result = await this.write(trigger);
      if (result === 'fenced') return false;
      if (result === 'failed') await sleep(clock, retryAfterMs * random.next(), signal);
    }
  }

  async #writeOnce(trigger: FlushTrigger): Promise<CheckpointResult> {
    const { partitionId, writer, watermark, carried, clock, report, fenced, signal } = this.#options;
    const { position } = watermark;
    const map = encodeCompleted({
      watermark: position.sequenceNumber,
      head: watermark.headSequenceNumber,
      unfinished: watermark.unfinished(),
      carried,
    });
    const finishedBefore = this.#finishedEvents;
    this.#finishedEvents = 0;
    const startedMs = clock.monotonicMs();
    let result: CheckpointResult;
    let error: Error | undefined;
    try {
      result = await writer.write(position, map.text, signal);
    } catch (thrown) {
      result = 'failed';
      error = asError(thrown);
    }
    if (result === 'written') {
      this.#stored = position.sequenceNumber;
      this.#lastWriteMs = clock.monotonicMs();
    } else if (result === 'failed') {
      // What finished meanwhile came later than what failed: the older time stands.
      this.#dirtySinceMs = Math.min(this.#dirtySinceMs, startedMs);
      this.#finishedEvents += finishedBefore;
      this.#notBeforeMs = clock.monotonicMs() + retryAfterMs;
    }
    const outcome = {
      partitionId,
      trigger,
      result,
      sequenceNumber: position.sequenceNumber,
      isWholeMap: map.isWhole,
    };
    report({ kind: 'checkpoint', ...outcome, ...(error === undefined ? {} : { error }) });
    if (result === 'fenced') fenced();
    return result;
  }
}
