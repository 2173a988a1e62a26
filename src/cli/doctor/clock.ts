// Check: this machine's clock against the store's. Leases and ages count by the store's clock alone; tokens, lag in seconds and
// the log's times do not.

import { failed, ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const clock: Check = {
  name: 'clock',
  needs: ['configuration'],
  run: async ({ nowMs, storeTimeMs }, signal) => {
    const askedMs = nowMs();
    const storeMs = await storeTimeMs(signal);
    return judgeSkew(nowMs(), askedMs, storeMs);
  },
};

const warnMs = 5_000;
/** Tokens are refused five minutes before their time or after their end. */
const failMs = 300_000;
/** The Date of an answer has whole seconds, rounded down. */
const dateStepMs = 1_000;

/** The store's time was read somewhere between `askedMs` and `answeredMs`: only what lies outside is skew. */
export function judgeSkew(answeredMs: number, askedMs: number, storeMs: number): Answer {
  const aheadMs = Math.max(0, askedMs - (storeMs + dateStepMs));
  const behindMs = Math.max(0, storeMs - answeredMs);
  const skewMs = Math.max(aheadMs, behindMs);
  const text = `${(skewMs / 1_000).toFixed(1)} s ${aheadMs > behindMs ? 'ahead of' : 'behind'} the store's clock`;
  const details = { skewMs: aheadMs - behindMs };
  if (skewMs >= failMs) {
    return failed(
      `This clock is ${text}: tokens will be refused; turn time synchronisation (NTP) on.`,
      details,
    );
  }
  if (skewMs >= warnMs) {
    return warning(
      `This clock is ${text}: leases do not mind, but lag in seconds and the log's times are wrong by as much; turn time synchronisation (NTP) on.`,
      details,
    );
  }
  return ok("This clock agrees with the store's.", details);
}
