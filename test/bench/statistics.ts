// What is said of a few samples: the median, and how far apart the middle half of them lies.

export interface Summary {
  readonly median: number;
  /** Interquartile range as a part of the median: 0.1 means the middle half lies within 10 %. */
  readonly spread: number;
}

export function summaryOf(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const spread = median === 0 ? 0 : (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / Math.abs(median);
  return { median, spread };
}

/** Interpolates between the two neighbours. */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
