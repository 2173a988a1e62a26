// What contenders answer, parsed once.

import type { Latencies } from './contender.ts';

/** Throws TypeError when it is none. */
export function readCount(answer: unknown): number {
  if (typeof answer !== 'number') throw new TypeError(`not a count: ${JSON.stringify(answer)}`);
  return answer;
}

/** Throws TypeError when it is none. */
export function readLatencies(answer: unknown): Latencies {
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'count' in answer &&
    'p50Ms' in answer &&
    'p99Ms' in answer
  ) {
    const { count, p50Ms, p99Ms } = answer;
    if (typeof count === 'number' && typeof p50Ms === 'number' && typeof p99Ms === 'number') {
      return { count, p50Ms, p99Ms };
    }
  }
  throw new TypeError(`not latencies: ${JSON.stringify(answer)}`);
}
