// Check: every checkpoint lies in the range its partition retains. Ahead of it: the hub was re-created. Behind it: events
// expired before they were handled.

import type { PartitionProperties } from '../../engine/event.ts';
import type { StoredCheckpoint } from '../../engine/leases/records.ts';
import { failed, ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const checkpoints: Check = {
  name: 'checkpoints',
  needs: ['event hub', 'checkpoint container'],
  run: async ({ config, readEnds, readGroup }, signal) => {
    // In this order: beside running workers, ends read first would be behind checkpoints read later.
    const { view, malformed } = await readGroup(signal);
    const ends = await readEnds(signal);
    return judgeCheckpoints({
      stored: view.checkpoints,
      malformed,
      ends,
      onRecreated: config.engine.onRecreatedHub,
    });
  },
};

export interface CheckpointsSeen {
  readonly stored: readonly Pick<StoredCheckpoint, 'partitionId' | 'sequenceNumber'>[];
  readonly malformed: readonly string[];
  readonly ends: readonly PartitionProperties[];
  readonly onRecreated: 'reset' | 'stop';
}

export function judgeCheckpoints({ stored, malformed, ends, onRecreated }: CheckpointsSeen): Answer {
  const endOf = new Map(ends.map((end) => [end.partitionId, end]));
  const ahead: string[] = [];
  const behind: string[] = [];
  const orphans: string[] = [];
  for (const { partitionId, sequenceNumber } of stored) {
    const end = endOf.get(partitionId);
    if (end === undefined) {
      orphans.push(partitionId);
      continue;
    }
    const last = end.lastSequenceNumber;
    const retainedFrom = end.isEmpty ? last : end.beginSequenceNumber - 1;
    if (sequenceNumber > last)
      ahead.push(`partition ${partitionId}: at ${sequenceNumber}, the end is ${last}`);
    else if (sequenceNumber < retainedFrom) {
      behind.push(
        `partition ${partitionId}: at ${sequenceNumber}, ${retainedFrom - sequenceNumber} events expired`,
      );
    }
  }
  const details = {
    ...(malformed.length === 0 ? {} : { malformed }),
    ...(ahead.length === 0 ? {} : { ahead }),
    ...(behind.length === 0 ? {} : { behind }),
    ...(orphans.length === 0 ? {} : { 'partitions that do not exist': orphans }),
  };
  if (malformed.length > 0) {
    return failed(
      `${malformed.length} records cannot be read, and KEDA fails on a checkpoint without a sequence number: see what else writes here, then \`checkpoints reset\` those partitions.`,
      details,
    );
  }
  if (ahead.length > 0) {
    const text = `${ahead.length} checkpoints lie beyond the end: the event hub was re-created.`;
    return onRecreated === 'stop'
      ? failed(`${text} Those partitions wait (ON_RECREATED_HUB=stop): run \`checkpoints reset\`.`, details)
      : warning(
          `${text} The worker will begin again at the start of those partitions (ON_RECREATED_HUB=reset).`,
          details,
        );
  }
  if (orphans.length > 0) {
    return warning(
      'There are checkpoints of partitions that do not exist: the event hub was re-created with fewer.',
      details,
    );
  }
  if (behind.length > 0) {
    return warning(
      'Events expired before they were handled: add workers, or lengthen the retention of the event hub; the worker goes on with what is left.',
      details,
    );
  }
  return ok(
    stored.length === 0
      ? 'None yet: the worker writes them when it takes its partitions.'
      : `${stored.length} of ${ends.length} partitions have one, each within what is retained.`,
  );
}
