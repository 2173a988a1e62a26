// How long to wait before a partition is begun anew once more. Remembered beyond a lease: each start-over ends one.

import type { Random } from '../ports.ts';

/** The first one is due at once: a hub that was re-created is read as soon as that is known. */
const minMs = 1_000;
const maxMs = 300_000;
/** After so long without one a start-over is the first again. */
const forgottenAfterMs = 900_000;

export class StartOvers {
  readonly #byPartition = new Map<string, { count: number; lastMs: number }>();

  /** Notes one more start-over, and how long it has to wait: growing, and at most half of it by chance. */
  pauseMs(partitionId: string, nowMs: number, random: Random): number {
    const known = this.#byPartition.get(partitionId);
    const count = known === undefined || nowMs - known.lastMs > forgottenAfterMs ? 0 : known.count;
    this.#byPartition.set(partitionId, { count: count + 1, lastMs: nowMs });
    if (count === 0) return 0;
    const stepMs = Math.min(maxMs, minMs * 2 ** Math.min(count - 1, 20));
    return stepMs * (0.5 + 0.5 * random.next());
  }
}
