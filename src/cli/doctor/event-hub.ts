// Check: the event hub is there and tells what its partitions retain.

import { ok } from './check.ts';
import type { Check } from './check.ts';

export const eventHub: Check = {
  name: 'event hub',
  needs: ['event hubs token'],
  run: async ({ config, readEnds }, signal) => {
    const ends = await readEnds(signal);
    const retained = ends.map(({ isEmpty, beginSequenceNumber, lastSequenceNumber }) =>
      isEmpty ? 0 : lastSequenceNumber - beginSequenceNumber + 1,
    );
    const total = retained.reduce((sum, count) => sum + count, 0);
    return ok(
      `${config.eventHub.eventHub} has ${ends.length} partitions and retains ${total.toLocaleString('en')} events.`,
      {
        partitions: ends.length,
        'retained events': total,
      },
    );
  },
};
