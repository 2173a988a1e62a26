// When a partition that should make progress does not (G10): a pure decision after an independent look at its end.

import type { PartitionProperties } from '../event.ts';

export interface ProgressState {
  /** Last sequence number taken in. */
  readonly headSequenceNumber: number;
  /** When the last event came, or the last step was taken. */
  readonly lastArrivalMs: number;
  /** Steps taken since the last event came. */
  readonly stepsTaken: number;
  /** The worker itself holds the link back: the budget or the completed map is full. */
  readonly isHeldBack: boolean;
}

export type HealingStep = 'recycle-link' | 'recycle-client' | 'give-up';

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
  if (state.isHeldBack || properties.isEmpty) return undefined;
  if (properties.lastSequenceNumber <= state.headSequenceNumber) return undefined;
  if (nowMs - state.lastArrivalMs < stallTimeoutMs) return undefined;
  if (state.stepsTaken === 0) return 'recycle-link';
  return state.stepsTaken === 1 ? 'recycle-client' : 'give-up';
}
