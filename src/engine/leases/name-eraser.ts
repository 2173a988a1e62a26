// The last thing a leaving worker does about leases: takes its name out of every record, as owner and as requester.
//   1. we ask for a partition  2. we leave  3. its owner, who has not seen that yet, hands it to us
// Nobody would serve the partition until that record expires. And a request that stays behind would be granted to the
// next process with our id, whether it is entitled to the partition or not.

import type { LeaseStore } from '../ports.ts';

/** A conflict means that an owner just answered our request: after a few rounds nobody is left who could. */
const maxRounds = 3;

/** Returns the partitions whose record it changed. */
export async function eraseName(
  store: LeaseStore,
  self: { readonly workerId: string; readonly nonce: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const erased: string[] = [];
  for (let round = 1; round <= maxRounds; round += 1) {
    const group = await store.readGroup(signal);
    // A new process under our id: what carries the name is its own by now.
    const isReplaced = group.members.some(
      (member) => member.workerId === self.workerId && member.nonce !== self.nonce,
    );
    const named = group.leases.filter(
      ({ ownerId, requestedBy }) => ownerId === self.workerId || requestedBy === self.workerId,
    );
    if (isReplaced || named.length === 0) break;
    await Promise.all(
      named.map(async ({ partitionId, ownerId, generation, etag }) => {
        const remaining = ownerId === self.workerId ? '' : ownerId;
        const lease = { partitionId, ownerId: remaining, generation, requestedBy: '' };
        const { kind } = await store.writeLease(lease, etag, signal);
        if (kind === 'stored') erased.push(partitionId);
      }),
    );
  }
  return erased;
}
