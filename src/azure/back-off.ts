// How long to wait before the next try: exponential, with full jitter so that a fleet does not return in step.

export interface BackOff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** `failures` counts from 1; `chance` is uniform in [0, 1). At least half of the step, so that it never becomes a hot loop. */
export function backOffMs({ minMs, maxMs }: BackOff, failures: number, chance: number): number {
  const step = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return step / 2 + (step / 2) * chance;
}
