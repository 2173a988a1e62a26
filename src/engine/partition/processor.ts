// One partition's life in this worker, from the lease to the last checkpoint (state.ts tells the states).
// It wires its parts together and answers to the coordinator as the lease's tenant; each part does one thing.

import { asError, WorkerError } from '../errors.ts';
import { unknownOffset } from '../event.ts';
import type { EventOutcome } from '../event-outcome.ts';
import type { Tenant } from '../leases/tenancy.ts';
import type { ReceivedBatch } from '../ports.ts';
import type { PartitionStatus } from '../status.ts';
import { sleep, withDeadline } from '../waiting.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import type { InFlight } from './in-flight.ts';
import { buildParts } from './parts.ts';
import type { KnownEnd, Parts } from './parts.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { partitionTransitions } from './state.ts';
import type { PartitionInput, PartitionState } from './state.ts';
import { takePartition } from './taking.ts';

export class PartitionProcessor implements Tenant {
  readonly #options: ProcessorOptions;
  readonly #ending = new AbortController();
  readonly #writer: CheckpointWriter;
  readonly #taking: Promise<void>;
  #state: PartitionState = 'taking';
  #parts: Parts | undefined;
  #draining: Promise<boolean> | undefined;
  #end: KnownEnd | undefined;
  #handledEvents = 0;
  #isStartingOver = false;
  #lastFinishedMs: number;
  #lastFinishedEnqueuedAtMs: number | undefined;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    const { partitionId, generation, ports, callTimeoutMs } = options;
    const { clock, checkpoints: store } = ports;
    this.#lastFinishedMs = clock.monotonicMs();
    this.#writer = new CheckpointWriter({ partitionId, generation, store, clock, callTimeoutMs });
    this.#taking = this.#take();
  }

  drain(): Promise<boolean> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  suspend(unconfirmedMs: number): void {
    this.#move('suspend', `the lease was not confirmed for ${Math.round(unconfirmedMs)} ms`);
    this.#interrupt('its renewal is not confirmed');
  }

  resume(): void {
    this.#move('resume', 'the lease was confirmed again');
    this.#parts?.work.wake();
  }

  lose(why: string): void {
    this.#move('lose', why);
    this.#interrupt(why);
    this.#letGo();
  }

  async flush(): Promise<boolean> {
    this.#move('drain', 'the worker stops');
    this.#interrupt('the worker stops');
    const { callTimeoutMs: timeoutMs, ports } = this.#options;
    const checkpointer = this.#parts?.checkpointer;
    const isWritten =
      checkpointer === undefined ||
      (await withDeadline(ports.clock, { operation: 'write the last checkpoint', timeoutMs }, (signal) =>
        checkpointer.writeRest('drain', signal),
      ).catch(() => false));
    this.#move('close', 'the worker stops');
    return isWritten;
  }

  async close(): Promise<void> {
    this.#move('close', 'nothing is left');
    this.#letGo();
    this.#options.closed();
    await Promise.all([this.#taking, this.#parts?.attachment.close()]);
  }

  /** Called a few times a second: everything that depends on time alone. */
  sweep(nowMs: number): void {
    this.#parts?.work.abortOverdue(nowMs);
    if (this.#state !== 'running') return;
    this.#parts?.checkpointer.writeIfDue(nowMs);
    this.#parts?.probe.lookIfQuiet(nowMs);
  }

  status(nowMs: number): PartitionStatus {
    const { partitionId, generation, budget, settings } = this.#options;
    const parts = this.#parts;
    const checkpoint = parts?.checkpointer.storedSequenceNumber ?? -1;
    const unfinished = parts?.watermark.unfinishedCount ?? 0;
    // While it is being taken nobody knows its lag: a record that cannot be read, a hub that does not answer.
    const mayHaveWork = unfinished > 0 || this.#state === 'taking';
    const isStuck = mayHaveWork && nowMs - this.#lastFinishedMs >= settings.watch.stallTimeoutMs;
    return {
      partitionId,
      state: this.#state,
      generation,
      lastEnqueuedSequenceNumber: this.#end?.sequenceNumber,
      watermark: parts?.watermark.sequenceNumber ?? -1,
      checkpoint,
      checkpointAgeMs: parts?.checkpointer.ageMs(nowMs) ?? 0,
      inFlightEvents: unfinished,
      bufferedBytes: budget.bytes,
      lagEvents:
        parts === undefined ? 0 : Math.max(0, (this.#end?.sequenceNumber ?? checkpoint) - checkpoint),
      lagMs: this.#lagMs(),
      handledEvents: this.#handledEvents,
      gapEvents: parts?.gaps.events ?? 0,
      lastGap: parts?.gaps.last,
      stalled: isStuck || parts?.probe.isHealing === true,
      blocked: parts?.work.isBlocked ?? false,
      oldestRunningMs: parts?.work.oldestRunningMs(nowMs) ?? 0,
    };
  }

  /** Age of the oldest event that is not finished, as far as known; 0 at the end. */
  #lagMs(): number {
    const watermark = this.#parts?.watermark;
    if (watermark === undefined) return 0;
    const isBehind = watermark.headSequenceNumber < (this.#end?.sequenceNumber ?? -1);
    const notYetHere = isBehind ? (this.#lastFinishedEnqueuedAtMs ?? this.#end?.enqueuedAtMs) : undefined;
    const sinceMs = watermark.oldest?.event.enqueuedAtMs ?? notYetHere;
    return sinceMs === undefined ? 0 : Math.max(0, this.#options.ports.clock.nowMs() - sinceMs);
  }

  async #take(): Promise<void> {
    const { partitionId, generation, ports, callTimeoutMs, settings } = this.#options;
    const { source, clock, random, report } = ports;
    const { start, onRecreatedHub } = settings;
    const shared = { partitionId, generation, source, clock, random, report, callTimeoutMs };
    const options = { ...shared, writer: this.#writer, start, onRecreatedHub };
    try {
      const taken = await takePartition(options, this.#ending.signal);
      if (taken === undefined || this.#state !== 'taking') return;
      this.#parts = buildParts(this.#options, taken, {
        writer: this.#writer,
        signal: this.#ending.signal,
        isRunning: () => this.#state === 'running',
        receive: (batch) => this.#receive(batch),
        settle: (items, outcome, startedAtMs) => this.#settle(items, outcome, startedAtMs),
        learnedEnd: (end) => this.#noteEnd(end),
        startOver: () => this.#startOver(),
      });
      const { lastSequenceNumber } = taken;
      if (lastSequenceNumber !== undefined)
        this.#noteEnd({ sequenceNumber: lastSequenceNumber, enqueuedAtMs: clock.nowMs() });
      this.#move('taken', `from ${taken.position.sequenceNumber}`);
      this.#parts.attachment.open(taken.linkStart);
    } catch (error) {
      if (error instanceof WorkerError && error.code === 'EHW_LEASE_LOST')
        this.#options.fenced(error.message);
      else this.#options.giveUp(asError(error));
    }
  }

  async #receive(batch: ReceivedBatch): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined || (this.#state !== 'running' && this.#state !== 'suspended')) return;
    const last = batch.events.at(-1);
    const { isAnchored, headSequenceNumber } = parts.watermark;
    if (last !== undefined && (!isAnchored || last.sequenceNumber > headSequenceNumber)) {
      const nowMs = this.#options.ports.clock.monotonicMs();
      parts.probe.noteArrival(nowMs);
      parts.checkpointer.noteArrival(nowMs);
      this.#noteEnd(last);
    } else parts.probe.noteNoNews(last !== undefined);
    if (batch.end !== undefined) this.#noteEnd(batch.end);
    await parts.intake.take(batch.events);
  }

  #noteEnd(end: KnownEnd): void {
    if (end.sequenceNumber < (this.#end?.sequenceNumber ?? -1)) return;
    this.#end = { sequenceNumber: end.sequenceNumber, enqueuedAtMs: end.enqueuedAtMs };
  }

  #settle(items: readonly InFlight[], outcome: EventOutcome, startedAtMs: number): void {
    const { partitionId, ports, budget } = this.#options;
    const parts = this.#parts;
    if (parts === undefined || this.#state === 'fenced' || this.#state === 'closed') {
      for (const { sequenceNumber } of items)
        ports.report({ kind: 'late-result', partitionId, sequenceNumber });
      return;
    }
    const nowMs = ports.clock.monotonicMs();
    for (const item of items) {
      parts.watermark.finish(item);
      budget.give(item.bytes);
      this.#lastFinishedEnqueuedAtMs = item.event.enqueuedAtMs;
    }
    this.#handledEvents += items.length;
    this.#lastFinishedMs = nowMs;
    parts.checkpointer.noteFinished(items.length, nowMs);
    parts.intake.recheck();
    ports.report({
      kind: 'finished',
      partitionId,
      outcome,
      events: items.length,
      durationMs: nowMs - startedAtMs,
    });
  }

  async #drain(): Promise<boolean> {
    this.#move('drain', 'the partition moves');
    const parts = this.#parts;
    if (parts === undefined) {
      this.#ending.abort();
      await this.#taking;
    } else {
      parts.intake.close();
      // Not awaited: the broker fences our link when the next owner attaches, and a close may take its whole deadline.
      void parts.attachment.close();
      await parts.work.whenIdle(this.#ending.signal);
      if (this.#state !== 'draining') return false;
      if (!(await parts.checkpointer.writeRest('drain', this.#ending.signal))) return false;
    }
    this.#move('drained', 'nothing runs and everything finished is stored');
    return this.#state === 'drained';
  }

  /** The hub was re-created under us: what we know of it is void. The policy decides; it is never ignored. */
  #startOver(): void {
    const { settings, partitionId, giveUp, ports } = this.#options;
    const checkpoint = this.#parts?.watermark.sequenceNumber ?? -1;
    const last = this.#end?.sequenceNumber ?? -1;
    if (settings.onRecreatedHub === 'stop') {
      return giveUp(
        last < checkpoint
          ? new WorkerError('EHW_HUB_RECREATED', { partitionId, checkpoint, last })
          : new WorkerError('EHW_OFFSET_INVALID', { partitionId, position: checkpoint }),
      );
    }
    if (this.#isStartingOver) return;
    this.#isStartingOver = true;
    ports.report({ kind: 'hub-recreated', partitionId, checkpoint, last });
    const { signal } = this.#ending;
    void this.#beginAnew(signal).catch((error: unknown) => {
      if (!signal.aborted) giveUp(asError(error));
    });
  }

  /** A hub that refuses its beginning, too, is asked at growing distances; the lease is kept meanwhile. */
  async #beginAnew(signal: AbortSignal): Promise<void> {
    const { partitionId, startOvers, fenced, ports } = this.#options;
    const { clock, random } = ports;
    await sleep(clock, startOvers.pauseMs(partitionId, clock.monotonicMs(), random), signal);
    if (signal.aborted) return;
    await this.#writer.take({ sequenceNumber: -1, offset: unknownOffset }, '', true, signal);
    // The lease is lost on purpose: it is claimed again at once, with a new generation, and read from the beginning.
    fenced('the event hub was re-created: starting over');
  }

  #interrupt(reason: string): void {
    const { partitionId } = this.#options;
    this.#parts?.work.interrupt(new WorkerError('EHW_LEASE_LOST', { partitionId, reason }));
  }

  #letGo(): void {
    this.#ending.abort();
    this.#parts?.intake.close();
    this.#parts?.work.close();
    this.#options.budget.close();
    void this.#parts?.attachment.close();
  }

  #move(input: PartitionInput, why: string): void {
    const from = this.#state;
    const to = partitionTransitions[from][input];
    if (to === from) return;
    this.#state = to;
    const { ports, partitionId } = this.#options;
    ports.report({ kind: 'partition.state', partitionId, from, to, why });
  }
}
