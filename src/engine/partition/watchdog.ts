// When a partition that should make progress does not (G10): a pure decision after an independent look at its end.

import type { PartitionProperties } from '../event.ts';

export interface ProgressState {
  /** Last sequence number taken in. */
  readonly headSequenceNumber: number;
  /** When the last event came. */
  readonly lastArrivalMs: number;
  /** Steps taken since the last event came, and when the last of them. */
  readonly stepsTaken: number;
  readonly lastStepMs: number;
  /** The worker itself holds the link back: the budget or the completed map is full. */
  readonly isHeldBack: boolean;
}

export type HealingStep = 'recycle-link' | 'recycle-client' | 'give-up';

const maxPauseMs = 600_000;

/**
 * The next step, or undefined when all is well. Only a successful read that shows events beyond our head counts: in an
 * outage nothing can be read, and renewing links or restarting pods would cure nothing (G8).
 */
export function nextHealingStep(
  state: ProgressState,
  properties: PartitionProperties,
  stallTimeoutMs: number,
  nowMs: number,
): HealingStep | undefined {
  const { headSequenceNumber, lastArrivalMs, stepsTaken, lastStepMs, isHeldBack } = state;
  if (isHeldBack || properties.isEmpty) return undefined;
  if (properties.lastSequenceNumber <= headSequenceNumber) return undefined;
  if (nowMs - lastArrivalMs < stallTimeoutMs) return undefined;
  if (stepsTaken === 0) return 'recycle-link';
  if (stepsTaken === 1) return 'recycle-client';
  // Nothing that we have read is retained, so no link can show by it that it delivers (tail-check.ts): there may be nothing to
  // deliver, and a new process would see the same. Tried on, at a growing distance, and told as stalled.
  if (properties.beginSequenceNumber > headSequenceNumber) {
    const pauseMs = Math.min(maxPauseMs, stallTimeoutMs * 2 ** Math.min(stepsTaken - 2, 20));
    if (nowMs - lastStepMs < pauseMs) return undefined;
    return stepsTaken % 2 === 0 ? 'recycle-link' : 'recycle-client';
  }
  return 'give-up';
}
