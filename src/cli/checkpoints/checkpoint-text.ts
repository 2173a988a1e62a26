// Checkpoints and their changes for people. Pure.

import { isNumbered } from '../../engine/event.ts';
import type { Position } from '../../engine/event.ts';
import type { StoredCheckpoint } from '../../engine/leases/records.ts';
import { cellOf, durationText, tableLines } from '../table.ts';
import type { Change } from './target.ts';

export function checkpointLines(checkpoints: readonly StoredCheckpoint[]): readonly string[] {
  const header = ['PARTITION', 'SEQUENCE', 'OFFSET', 'ENQUEUED', 'GENERATION', 'DONE ABOVE', 'AGE'];
  const rows = checkpoints.map((checkpoint) => [
    checkpoint.partitionId,
    cellOf(numberOf(checkpoint)),
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
    isNumbered(change.to) ? cellOf(change.to.sequenceNumber) : `after offset ${change.to.offset}`,
    cellOf(change.repeatedEvents),
    cellOf(change.skippedEvents),
  ]);
  const sum = (of: (change: Change) => number | undefined): string =>
    cellOf(changes.reduce((total, change) => total + (of(change) ?? 0), 0));
  return [
    ...tableLines([['PARTITION', 'OLD', 'NEW', 'REPEATED', 'SKIPPED'], ...rows]),
    `${sum(({ repeatedEvents }) => repeatedEvents)} events repeated, ${sum(({ skippedEvents }) => skippedEvents)} skipped`,
  ];
}

/** Unknown in a checkpoint of an offset alone. */
function numberOf(position: Position): number | undefined {
  return isNumbered(position) ? position.sequenceNumber : undefined;
}
