// Checkpoints and their changes for people. Pure.

import type { StoredCheckpoint } from '../../engine/leases/records.ts';
import { cellOf, durationText, tableLines } from '../table.ts';
import type { Change } from './target.ts';

export function checkpointLines(checkpoints: readonly StoredCheckpoint[]): readonly string[] {
  const header = ['PARTITION', 'SEQUENCE', 'OFFSET', 'ENQUEUED', 'GENERATION', 'DONE ABOVE', 'AGE'];
  const rows = checkpoints.map((checkpoint) => [
    checkpoint.partitionId,
    cellOf(checkpoint.sequenceNumber),
    checkpoint.offset,
    checkpoint.enqueuedAtMs === undefined ? '-' : new Date(checkpoint.enqueuedAtMs).toISOString(),
    String(checkpoint.generation),
    checkpoint.completed === '' ? 'no' : 'yes',
    durationText(checkpoint.ageMs),
  ]);
  return tableLines([header, ...rows]);
}

export function changeLines(changes: readonly Change[]): readonly string[] {
  const rows = changes.map((change) => [
    change.partitionId,
    cellOf(change.from),
    cellOf(change.to.sequenceNumber),
    cellOf(change.repeatedEvents),
    cellOf(change.skippedEvents),
  ]);
  const sum = (of: (change: Change) => number): string =>
    cellOf(changes.reduce((total, change) => total + of(change), 0));
  return [
    ...tableLines([['PARTITION', 'OLD', 'NEW', 'REPEATED', 'SKIPPED'], ...rows]),
    `${sum(({ repeatedEvents }) => repeatedEvents)} events repeated, ${sum(({ skippedEvents }) => skippedEvents)} skipped`,
  ];
}
