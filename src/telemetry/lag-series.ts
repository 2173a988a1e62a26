// The lag of each partition over a span of time. Points older than the span are forgotten; so are partitions without any.

export interface LagPoint {
  readonly atMs: number;
  readonly lagEvents: number;
}

/** Far above what sampling gives within the span: a bound for callers that add more often than they should. */
const maxPoints = 1000;

export class LagSeries {
  readonly #spanMs: number;
  readonly #byPartition = new Map<string, LagPoint[]>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  add(partitionId: string, point: LagPoint): void {
    const points = this.#byPartition.get(partitionId) ?? [];
    points.push(point);
    const oldestMs = point.atMs - this.#spanMs;
    while (points.length > maxPoints || (points[0] !== undefined && points[0].atMs < oldestMs))
      points.shift();
    this.#byPartition.set(partitionId, points);
  }

  /** Oldest first. */
  of(partitionId: string): readonly LagPoint[] {
    return this.#byPartition.get(partitionId) ?? [];
  }

  /** Drops partitions whose newest point is older: they are owned elsewhere now. */
  forgetBefore(atMs: number): void {
    for (const [partitionId, points] of this.#byPartition) {
      const newest = points.at(-1);
      if (newest === undefined || newest.atMs < atMs) this.#byPartition.delete(partitionId);
    }
  }
}
