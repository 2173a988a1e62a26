// Closing what may never close: waits for it up to a deadline, then leaves it behind. Never rejects.

import type { Clock } from '../engine/ports.ts';

/** True when `run` settled in time, whichever way. Its later rejection is swallowed: there is nobody left to tell. */
export function settleWithin(clock: Clock, timeoutMs: number, run: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(timeoutMs, () => resolve(false));
    const settled = (): void => {
      cancel();
      resolve(true);
    };
    run().then(settled, settled);
  });
}
