/** How long and how much a log keeps (pure). */
import type { LogSegment } from './log-segment.ts';

export interface Retention {
  readonly maxAgeMs: number;
  /** Events go in steps of so many milliseconds, as whole files do. Default: each at its own time. */
  readonly stepMs?: number;
  readonly maxBytes: number;
}

/** The first sequence number from `begin` on that is kept; `endOffset` is the offset behind the last event. */
export function firstRetained(
  segments: readonly LogSegment[],
  begin: number,
  endOffset: number,
  { maxAgeMs, stepMs = 0, maxBytes }: Retention,
  nowMs: number,
): number {
  const endedMs = nowMs - maxAgeMs;
  const oldestMs = stepMs > 0 ? Math.floor(endedMs / stepMs) * stepMs : endedMs;
  let first = begin;
  for (const segment of segments) {
    let index = first - segment.firstSequenceNumber;
    while (
      index < segment.count &&
      (segment.enqueuedAtMs(index) < oldestMs || endOffset - segment.offsetOf(index) > maxBytes)
    ) {
      index += 1;
    }
    first = segment.firstSequenceNumber + index;
    if (index < segment.count) break;
  }
  return first;
}
