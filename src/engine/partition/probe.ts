// Looks after a quiet partition: is it really at its end, did events expire before it or are its last numbers no events (KEDA
// would count both for ever), was the hub re-created, or does the link only look alive? Looks by an independent read, and only
// when nothing arrives.

import { asError } from '../errors.ts';
import { isNumbered, positionOf } from '../event.ts';
import type { PartitionProperties, Position } from '../event.ts';
import type { Clock, EventSource, LinkOptions } from '../ports.ts';
import type { FlushTrigger, ReportSink } from '../reports.ts';
import type { WatchSettings } from '../settings.ts';
import { withDeadline } from '../waiting.ts';
import type { Gaps } from './gaps.ts';
import { advanceOverExpired, numberByTail } from './start-plan.ts';
import { startBeforeHead, TailCheck } from './tail-check.ts';
import { nextHealingStep } from './watchdog.ts';
import type { HealingStep } from './watchdog.ts';
import type { Watermark } from './watermark.ts';

export interface ProbeOptions {
  readonly partitionId: string;
  readonly source: EventSource;
  readonly clock: Clock;
  readonly report: ReportSink;
  readonly settings: WatchSettings;
  readonly callTimeoutMs: number;
  readonly watermark: Watermark;
  /** Where the first link began. */
  readonly start: LinkOptions['start'];
  readonly gaps: Gaps;
  readonly isRunning: () => boolean;
  readonly isHeldBack: () => boolean;
  readonly learnedEnd: (properties: PartitionProperties) => void;
  /** The head went past what expired, or past numbers that no event has: the store should know. */
  readonly passed: (events: number, why: FlushTrigger) => void;
  readonly recreated: () => void;
  readonly heal: (step: HealingStep) => Promise<void>;
  readonly signal: AbortSignal;
}

export class Probe {
  readonly #options: ProbeOptions;
  #lastArrivalMs: number;
  #lastLookMs: number;
  #isLooking = false;
  #healingSteps = 0;
  #lastStepMs = 0;
  #check: TailCheck | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#lastArrivalMs = options.clock.monotonicMs();
    this.#lastLookMs = this.#lastArrivalMs;
  }

  /** A renewed link delivered nothing and did not show that there is nothing. */
  get isHealing(): boolean {
    return this.#healingSteps > 1;
  }

  /** Where a link is to begin that is opened now; undefined: at the head. */
  get linkStart(): Position | undefined {
    return this.#check?.start;
  }

  noteArrival(nowMs: number): void {
    this.#lastArrivalMs = nowMs;
    this.#healingSteps = 0;
    this.#check = undefined;
  }

  /** Nothing new came: an event that was taken in before, or an empty batch. */
  noteNoNews(isRepeated: boolean): void {
    if (isRepeated) this.#check?.noteRepeated();
    else this.#check?.noteHeartbeat();
  }

  noteFault(): void {
    this.#check?.noteFault();
  }

  /** Starts a look when the partition has been quiet for long enough. */
  lookIfQuiet(nowMs: number): void {
    const { settings, report, partitionId, signal } = this.#options;
    const quietMs = nowMs - Math.max(this.#lastArrivalMs, this.#lastLookMs);
    if (this.#isLooking || quietMs < settings.probeMs) return;
    this.#isLooking = true;
    this.#lastLookMs = nowMs;
    void this.#look()
      .catch((error: unknown) => {
        if (!signal.aborted) report({ kind: 'partition.fault', partitionId, error: asError(error) });
      })
      .finally(() => (this.#isLooking = false));
  }

  async #look(): Promise<void> {
    const { partitionId, source, clock, report, settings, callTimeoutMs, watermark, signal } = this.#options;
    const arrivedBeforeMs = this.#lastArrivalMs;
    const limit = { operation: 'read partition properties', timeoutMs: callTimeoutMs, signal };
    const properties = await withDeadline(clock, limit, (inner) =>
      source.partitionProperties(partitionId, inner),
    );
    // Events that came during the read make it old news; acting on it could pass over what just arrived.
    if (!this.#options.isRunning() || this.#lastArrivalMs !== arrivedBeforeMs) return;
    if (properties.lastSequenceNumber < watermark.headSequenceNumber) return this.#options.recreated();
    this.#options.learnedEnd(properties);
    if (!watermark.isAnchored && !this.#isEventDue(properties)) return;
    if (watermark.unfinishedCount === 0 && watermark.isAnchored) {
      const { position, expired } = advanceOverExpired(watermark.head, properties);
      if (expired > 0) {
        watermark.pass(position);
        report({ kind: 'skipped', partitionId, reason: 'expired', events: expired });
        return this.#options.passed(expired, 'expired');
      }
    }
    if (this.#check?.isProven === true) return this.#passTail(this.#check.tail);
    const nowMs = clock.monotonicMs();
    const progress = {
      headSequenceNumber: watermark.headSequenceNumber,
      lastArrivalMs: this.#lastArrivalMs,
      stepsTaken: this.#healingSteps,
      lastStepMs: this.#lastStepMs,
      isHeldBack: this.#options.isHeldBack(),
    };
    const step = nextHealingStep(progress, properties, settings.stallTimeoutMs, nowMs);
    if (step === undefined) return;
    report({ kind: 'partition.stalled', partitionId, stalledMs: nowMs - this.#lastArrivalMs, step });
    const start = startBeforeHead(watermark.head, properties.beginSequenceNumber, this.#healingSteps);
    this.#check = new TailCheck(properties.lastSequenceNumber, watermark.isAnchored ? start : undefined);
    this.#healingSteps += 1;
    this.#lastStepMs = nowMs;
    await this.#options.heal(step);
  }

  /** Whether the first event of a start by time, or by offset alone, must be there by now. An offset that is the tail's gets its number. */
  #isEventDue(properties: PartitionProperties): boolean {
    const { start, watermark, passed } = this.#options;
    if ('enqueuedAfterMs' in start) {
      return !properties.isEmpty && properties.lastEnqueuedAtMs >= start.enqueuedAfterMs;
    }
    const position = numberByTail(start, properties);
    if (!isNumbered(position)) return true;
    watermark.pass(position);
    passed(1, 'idle');
    return false;
  }

  /** The offset stays that of the last event: a link that begins behind it gets what comes next. */
  #passTail(tail: number): void {
    const { watermark, gaps, passed } = this.#options;
    const { head } = watermark;
    const events = tail - head.sequenceNumber;
    this.#check = undefined;
    this.#healingSteps = 0;
    if (events <= 0) return;
    gaps.tell({ from: head.sequenceNumber + 1, to: tail }, true);
    watermark.pass(positionOf({ ...head, sequenceNumber: tail }));
    passed(events, 'gap');
  }
}
