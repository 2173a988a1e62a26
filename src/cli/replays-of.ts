// Whom a handler's `context.replay()` believes.

import type { DeadLetterStore } from '../azure/dead-letter-store.ts';
import { VerifiedReplays } from '../azure/verified-replays.ts';
import type { Config } from '../config/config.ts';
import { ignoredReplays, statedReplays } from '../engine/handling/replays.ts';
import type { ReplayReader } from '../engine/handling/replays.ts';

export function replaysOf(
  setting: Config['replayProperties'],
  letters: Pick<DeadLetterStore, 'read'>,
): ReplayReader {
  switch (setting) {
    case 'ignore':
      return ignoredReplays;
    case 'trust':
      return statedReplays;
    case 'verify':
      return new VerifiedReplays(letters);
    default:
      return setting satisfies never;
  }
}
