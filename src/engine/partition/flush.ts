// When a checkpoint is due: pure. Each write costs money, each finished event without one may be repeated after a crash.

import type { FlushTrigger } from '../reports.ts';
import type { CheckpointSettings } from '../settings.ts';

export interface FlushState {
  /** Events finished since the last successful write. */
  readonly finishedEvents: number;
  /** When the first of them finished. */
  readonly dirtySinceMs: number;
  readonly lastWriteMs: number;
  /** When the last event arrived or finished. */
  readonly lastActivityMs: number;
  readonly unfinishedEvents: number;
  /** Not before: back-off after a failed write. */
  readonly notBeforeMs: number;
}

/** Count-triggered writes keep this distance: a storm of small events must not turn into a storm of writes. */
const minSpacingMs = 1_000;

/** Why a write is due now; undefined when none is. */
export function dueFlush(
  state: FlushState,
  settings: CheckpointSettings,
  nowMs: number,
): FlushTrigger | undefined {
  if (state.finishedEvents === 0 || nowMs < state.notBeforeMs) return undefined;
  if (nowMs - state.dirtySinceMs >= settings.everyMs) return 'time';
  const sinceWriteMs = nowMs - state.lastWriteMs;
  if (state.finishedEvents >= settings.everyEvents && sinceWriteMs >= minSpacingMs) return 'count';
  // A quiet partition is written early, but never more often than by time: a trickle of events costs no more than a flood.
  const isIdle = state.unfinishedEvents === 0 && nowMs - state.lastActivityMs >= settings.idleMs;
  return isIdle && sinceWriteMs >= settings.everyMs ? 'idle' : undefined;
}
