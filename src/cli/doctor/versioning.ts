// Check: a write replaces. With versioning every renewal of a lease and every checkpoint is kept for ever, and billed.

import { showBlobService, updateBlobService } from './account-settings.ts';
import { ok, warning } from './check.ts';
import type { Check } from './check.ts';

export const versioning: Check = {
  name: 'versioning',
  needs: ['checkpoint container'],
  run: async ({ accountName, checkpointWrites }) => {
    const { isVersioned } = await checkpointWrites();
    if (!isVersioned) return ok('Off: a write replaces.', { 'told by': [showBlobService(accountName)] });
    return warning(
      'On: every renewal and every checkpoint is kept as a version and billed; turn it off, or use an account of its own.',
      { command: [updateBlobService(accountName, '--enable-versioning false')] },
    );
  },
};
