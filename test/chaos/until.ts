// Waiting for a condition of real processes: polled, with a deadline that says what did not come true.
import { setTimeout as delay } from 'node:timers/promises';

/** Settles with the first answer that is not undefined or false; rejects after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 50,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() - startedMs > withinMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await delay(everyMs);
  }
}
