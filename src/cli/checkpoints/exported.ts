// The file that `checkpoints export` writes and `checkpoints import` reads.

import { z } from 'zod';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import { positionOf } from '../../engine/event.ts';
import type { Position } from '../../engine/event.ts';
import type { StoredCheckpoint } from '../../engine/leases/records.ts';

const exported = z.object({
  kind: z.literal('eventhub-worker checkpoints'),
  namespace: z.string(),
  eventHub: z.string(),
  consumerGroup: z.string(),
  checkpoints: z.array(
    z.object({
      partitionId: z.string().min(1),
      sequenceNumber: z.int().min(-1),
      offset: z.string().min(1),
      enqueuedAtMs: z.number().optional(),
    }),
  ),
});

export type ExportedCheckpoints = z.infer<typeof exported>;

export function exportedText(
  names: { readonly namespace: string; readonly eventHub: string; readonly consumerGroup: string },
  checkpoints: readonly StoredCheckpoint[],
): string {
  const file: ExportedCheckpoints = {
    kind: 'eventhub-worker checkpoints',
    ...names,
    checkpoints: checkpoints.map((stored) => ({ partitionId: stored.partitionId, ...positionOf(stored) })),
  };
  return JSON.stringify(file, null, 2);
}

/** Positions by partition. Throws EHW_BAD_USAGE with every problem of the file. */
export function parseExported(text: string, file: string): ReadonlyMap<string, Position> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new WorkerError(
      'EHW_BAD_USAGE',
      { reason: `${file} is no JSON: ${reasonOf(error)}` },
      { cause: error },
    );
  }
  const parsed = exported.safeParse(json);
  if (!parsed.success) {
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: `${file} is no export of checkpoints:\n${z.prettifyError(parsed.error)}`,
    });
  }
  return new Map(parsed.data.checkpoints.map((one) => [one.partitionId, positionOf(one)]));
}
