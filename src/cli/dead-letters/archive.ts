// What the `dead-letters` command needs of the store that keeps the letters, and how a letter is named on its command line.

import type { DeadLetterStore } from '../../azure/dead-letter-store.ts';

export type { DeadLetterEntry } from '../../azure/dead-letter-store.ts';
export type DeadLetterArchive = Pick<DeadLetterStore, 'list' | 'read' | 'markReplayed'>;

export function letterId(letter: { readonly partitionId: string; readonly sequenceNumber: number }): string {
  return `${letter.partitionId}/${letter.sequenceNumber}`;
}
