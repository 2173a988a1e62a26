// Looks after a quiet partition: is it really at its end, did events expire before it (KEDA would count them for ever),
// was the hub re-created, or does the link only look alive? Looks by an independent read, and only when nothing arrives.

import { asError } from '../errors.ts';
import type { PartitionProperties } from '../event.ts';
import type { Clock, EventSource } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import type { WatchSettings } from '../settings.ts';
import { withDeadline } from '../waiting.ts';
import { advanceOverExpired } from './start-plan.ts';
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
  readonly isRunning: () => boolean;
  readonly isHeldBack: () => boolean;
  readonly learnedEnd: (properties: PartitionProperties) => void;
  readonly passedExpired: (events: number) => void;
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

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#lastArrivalMs = options.clock.monotonicMs();
    this.#lastLookMs = this.#lastArrivalMs;
  }

  /** The link was renewed at least once and still nothing came. */
  get isHealing(): boolean {
    return this.#healingSteps > 0;
  }

  noteArrival(nowMs: number): void {
    this.#lastArrivalMs = nowMs;
    this.#healingSteps = 0;
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
    if (watermark.unfinishedCount === 0) {
      const { position, expired } = advanceOverExpired(watermark.head, properties);
      if (expired > 0) {
        watermark.pass(position);
        report({ kind: 'skipped', partitionId, reason: 'expired', events: expired });
        return this.#options.passedExpired(expired);
      }
    }
    const nowMs = clock.monotonicMs();
    const progress = {
      headSequenceNumber: watermark.headSequenceNumber,
      lastArrivalMs: this.#lastArrivalMs,
      stepsTaken: this.#healingSteps,
      isHeldBack: this.#options.isHeldBack(),
    };
    const step = nextHealingStep(progress, properties, settings.stallTimeoutMs, nowMs);
    if (step === undefined) return;
    report({ kind: 'partition.stalled', partitionId, stalledMs: nowMs - this.#lastArrivalMs, step });
    this.#healingSteps += 1;
    await this.#options.heal(step);
  }
}
