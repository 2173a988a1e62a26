// What is said of a few samples: the median, and how far apart the middle half of them lies.

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Summary {
  readonly median: number;
  /** Interquartile range as a part of the median: 0.1 means the middle half lies within 10 %. */
  readonly spread: number;
}

export function quartilesOf(samples: readonly number[]): Quartiles {
  const sorted = samples.toSorted((a, b) => a - b);
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) };
}

export function summaryOf(samples: readonly number[]): Summary {
  const { low, median, high } = quartilesOf(samples);
  return { median, spread: median === 0 ? 0 : (high - low) / Math.abs(median) };
}

/** Interpolates between the two neighbours. */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
