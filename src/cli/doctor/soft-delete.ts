// Check: deleted blobs are gone. With soft delete every member record that ends stays listed for days behind the scenes, and
// listings become slower and slower (azure-sdk-for-js #10132).

import { showBlobService, updateBlobService } from './account-settings.ts';
import { ok, unknown, warning } from './check.ts';
import type { Check } from './check.ts';

export const softDelete: Check = {
  name: 'soft delete',
  needs: ['checkpoint container'],
  run: async ({ accountName, checkpointWrites }) => {
    const { isKeptAfterDelete, blob } = await checkpointWrites();
    if (isKeptAfterDelete === undefined) {
      return unknown("Cannot be told with the worker's own rights; ask with this command:", {
        command: [showBlobService(accountName)],
      });
    }
    if (!isKeptAfterDelete)
      return ok('Off: a deleted blob is gone.', { 'told by': [showBlobService(accountName)] });
    return warning(
      `On: ${blob} was deleted and is kept. Listings grow slower with every record kept; turn it off, or use an account of its own.`,
      { command: [updateBlobService(accountName, '--enable-delete-retention false')] },
    );
  },
};
