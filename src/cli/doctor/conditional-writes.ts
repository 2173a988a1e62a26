// Check: the store refuses a write that comes too late. One owner at a time and checkpoints that never go back stand on it.

import { failed, ok } from './check.ts';
import type { Check } from './check.ts';

export const conditionalWrites: Check = {
  name: 'conditional writes',
  needs: ['checkpoint container'],
  run: async ({ checkpointWrites }) => {
    const { secondCreateStatus, staleUpdateStatus } = await checkpointWrites();
    const details = {
      'second create': `${secondCreateStatus}, expected 409`,
      'update with an old etag': `${staleUpdateStatus}, expected 412`,
    };
    if (secondCreateStatus === 409 && staleUpdateStatus === 412) {
      return ok('Honoured: 409 for a blob that exists, 412 for an etag that is old.', details);
    }
    return failed(
      'The store accepts writes that it must refuse, so two workers could own one partition: use Azure Blob Storage (StorageV2) itself, without a proxy that drops If-Match and If-None-Match.',
      details,
    );
  },
};
