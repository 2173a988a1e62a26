// Check: the account is plain blob storage. With a hierarchical namespace (Data Lake) paths are directories with their own
// records and rights, and KEDA was seen not to find checkpoints there (kedacore/keda #3441).

import { showHierarchical } from './account-settings.ts';
import { ok, unknown, warning } from './check.ts';
import type { Check } from './check.ts';

export const hierarchicalNamespace: Check = {
  name: 'hierarchical namespace',
  needs: ['checkpoint container'],
  run: async ({ accountName, isHierarchical }, signal) => {
    const command = [showHierarchical(accountName)];
    const answer = await isHierarchical(signal);
    if (answer === undefined) {
      return unknown(
        "Cannot be told with the worker's own rights; ask with this command, it must say false:",
        {
          command,
        },
      );
    }
    return answer
      ? warning('On: use a plain StorageV2 account; it cannot be turned off.', { command })
      : ok('Off.', { 'told by': command });
  },
};
