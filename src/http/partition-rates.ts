// Events per second of each partition, from how far a count moved over the last seconds. Partitions of other workers are
// measured by their stored checkpoint, which moves in steps: hence a window of half a minute for them.

interface Sample {
  readonly atMs: number;
  readonly count: number;
}

export class PartitionRates {
  readonly #byPartition = new Map<string, { source: string; samples: Sample[] }>();

  /**
   * Notes the count of a partition and gives its rate over `windowMs`; undefined while there is too little to tell.
   * `source` says what is counted: a change of it, or a count that fell, begins anew.
   */
  note(
    partitionId: string,
    source: string,
    count: number,
    atMs: number,
    windowMs: number,
  ): number | undefined {
    let entry = this.#byPartition.get(partitionId);
    const last = entry?.samples.at(-1);
    if (entry === undefined || entry.source !== source || (last !== undefined && count < last.count)) {
      entry = { source, samples: [] };
      this.#byPartition.set(partitionId, entry);
    }
    const { samples } = entry;
    samples.push({ atMs, count });
    // One sample at or before the window's beginning is kept: the rate spans the whole window.
    while (samples[1] !== undefined && samples[1].atMs <= atMs - windowMs) samples.shift();
    const first = samples[0];
    if (first === undefined || atMs <= first.atMs) return undefined;
    return ((count - first.count) * 1000) / (atMs - first.atMs);
  }

  /** Forgets everything: after a pause in noting, the old samples would give a rate of long ago. */
  clear(): void {
    this.#byPartition.clear();
  }
}
