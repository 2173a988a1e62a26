// The last thing a leaving worker does about leases: takes its name out of every record, as owner and as requester.
//   1. we ask for a partition  2. we leave  3. its owner, who has not seen that yet, hands it to us
// Nobody would serve the partition until that record expires. And a request that stays behind would be granted to the
// next process with our id, whether it is entitled to the partition or not.

import type { LeaseStore } from '../ports.ts';

/** Returns the partitions whose record it changed. */
export async function eraseName(
  store: LeaseStore,
  self: { readonly workerId: string; readonly nonce: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const group = await store.readGroup(signal);
  // A new process under our id: what carries the name is its own by now.
  const isReplaced = group.members.some(
    (member) => member.workerId === self.workerId && member.nonce !== self.nonce,
  );
  if (isReplaced) return [];
  const strays = group.leases.filter(
    ({ ownerId, requestedBy }) => ownerId === self.workerId || requestedBy === self.workerId,
  );
  const erased = await Promise.all(
    strays.map(async ({ partitionId, ownerId, generation, etag }) => {
      const remaining = ownerId === self.workerId ? '' : ownerId;
      const lease = { partitionId, ownerId: remaining, generation, requestedBy: '' };
      const { kind } = await store.writeLease(lease, etag, signal);
      return kind === 'stored' ? [partitionId] : [];
    }),
  );
  return erased.flat();
}
