// What a partition consists of once it is taken, wired together: each part does one thing and knows only what it is given.

import { asError, WorkerError } from '../errors.ts';
import type { EventOutcome } from '../event-outcome.ts';
import type { ReceivedBatch } from '../ports.ts';
import { Attachment } from './attachment.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';
import { Checkpointer } from './checkpointer.ts';
import { Gaps } from './gaps.ts';
import type { InFlight } from './in-flight.ts';
import { Intake } from './intake.ts';
import { Probe } from './probe.ts';
import { buildHandling } from './processor-options.ts';
import type { ProcessorOptions } from './processor-options.ts';
import type { Taken } from './taking.ts';
import type { HealingStep } from './watchdog.ts';
import { Watermark } from './watermark.ts';
import { Work } from './work.ts';

export interface Parts {
  readonly watermark: Watermark;
  readonly gaps: Gaps;
  readonly intake: Intake;
  readonly work: Work;
  readonly checkpointer: Checkpointer;
  readonly attachment: Attachment;
  readonly probe: Probe;
}

/** The partition's end as last heard of. */
export interface KnownEnd {
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
}

/** What the parts ask of the processor. */
export interface PartsOwner {
  readonly writer: CheckpointWriter;
  readonly signal: AbortSignal;
  readonly isRunning: () => boolean;
  readonly receive: (batch: ReceivedBatch) => Promise<void>;
  readonly settle: (items: readonly InFlight[], outcome: EventOutcome, startedAtMs: number) => void;
  readonly learnedEnd: (end: KnownEnd) => void;
  readonly startOver: () => void;
}

export function buildParts(options: ProcessorOptions, taken: Taken, owner: PartsOwner): Parts {
  const { partitionId, generation, ports, callTimeoutMs, settings, handler, slots, budget, fenced } = options;
  const { source, clock, random, report } = ports;
  const { carried } = taken;
  const shared = { partitionId, clock, random, report, source, signal: owner.signal };
  const watermark = new Watermark(partitionId, taken.position, taken.isAnchored);
  const mayStart = (): boolean => owner.isRunning() && options.isTrusted(clock.monotonicMs());
  const work = new Work({
    ...shared,
    slots,
    ...buildHandling(options, { settle: owner.settle, mayStart }),
    attemptTimeoutMs: settings.handling.attemptTimeoutMs,
    concurrency: settings.handling.partitionConcurrency,
    batch: handler.batch,
    mayStart,
    stop: (error) => options.giveUp(asError(error)),
  });
  const gaps = new Gaps({ ...shared, watermark, carried, readAgain: () => void attachment.renew() });
  const checkpointer = new Checkpointer({
    ...shared,
    writer: owner.writer,
    watermark,
    carried,
    settings: settings.checkpoint,
    fenced: () => fenced('the checkpoint carries a later generation'),
  });
  const { ordering } = settings.handling;
  const intake = new Intake({
    ...shared,
    ordering,
    keyOf: handler.key,
    watermark,
    carried,
    gaps,
    budget,
    work,
    passed: (events) => checkpointer.noteFinished(events, clock.monotonicMs()),
  });
  const attachment: Attachment = new Attachment({
    ...shared,
    generation,
    receive: owner.receive,
    whereToOpen: () => probe.linkStart ?? (watermark.isAnchored ? watermark.head : taken.linkStart),
    disturbed: () => probe.noteFault(),
    fenced: () => fenced('the broker gave the partition to a later generation'),
    invalidPosition: owner.startOver,
  });
  const heal = async (step: HealingStep): Promise<void> => {
    if (step === 'recycle-link') await attachment.renew();
    else if (step === 'recycle-client') await source.recycle();
    else options.exhausted(new WorkerError('EHW_SELF_HEALING_EXHAUSTED', { partitionId }));
  };
  const probe: Probe = new Probe({
    ...shared,
    start: taken.linkStart,
    gaps,
    settings: settings.watch,
    callTimeoutMs,
    watermark,
    isRunning: owner.isRunning,
    isHeldBack: () => intake.isHeldBack,
    learnedEnd: (end) =>
      owner.learnedEnd({ sequenceNumber: end.lastSequenceNumber, enqueuedAtMs: end.lastEnqueuedAtMs }),
    passed: (events, why) => {
      checkpointer.noteFinished(events, clock.monotonicMs());
      void checkpointer.write(why);
    },
    recreated: owner.startOver,
    heal,
  });
  return { watermark, gaps, intake, work, checkpointer, attachment, probe };
}
