// Lag for people. Pure.

import { cellOf, durationText, tableLines } from '../table.ts';
import type { GroupLag } from './partition-lag.ts';

const header = [
  'PARTITION',
  'OWNER',
  'STATE',
  'CHECKPOINT',
  'LAST',
  'LAG EVENTS',
  'LAG AT MOST',
  'CHECKPOINT AGE',
  'EXPIRES IN',
];

export function lagLines(lag: GroupLag): readonly string[] {
  const rows = lag.partitions.map((partition) => [
    partition.partitionId,
    cellOf(partition.ownerId),
    partition.state,
    cellOf(partition.checkpoint),
    cellOf(partition.lastEnqueued),
    cellOf(partition.lagEvents),
    durationText(partition.lagMs),
    durationText(partition.checkpointAgeMs),
    durationText(partition.expiresInMs),
  ]);
  const expired = lag.partitions.reduce((sum, partition) => sum + partition.expiredEvents, 0);
  const members = lag.members.length === 0 ? 'no live worker' : `${lag.members.length} live workers`;
  return [
    ...tableLines([header, ...rows]),
    `total ${cellOf(lag.lagEvents)} events behind, ${members}`,
    ...(expired > 0 ? [`${cellOf(expired)} events expired before they were handled`] : []),
  ];
}
