// The file that `checkpoints export` writes and `checkpoints import` reads.

import { z } from 'zod';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import { isNumbered, positionOf } from '../../engine/event.ts';
import { readStoredPosition } from '../../engine/stored-position.ts';
import type { ImportedPositions } from './move.ts';
import type { StoredCheckpoint } from '../../engine/leases/records.ts';

const exported = z.object({
  kind: z.literal('eventhub-worker checkpoints'),
  namespace: z.string(),
  eventHub: z.string(),
  consumerGroup: z.string(),
  checkpoints: z.array(
    z.object({
      partitionId: z.string().min(1),
      /** Missing: not known (a checkpoint of an offset alone). */
      sequenceNumber: z.union([z.number(), z.string()]).nullish(),
      offset: z.string().nullish(),
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
    checkpoints: checkpoints.map((stored) => {
      const { sequenceNumber, ...place } = positionOf(stored);
      const number = isNumbered(stored) ? { sequenceNumber } : {};
      return { partitionId: stored.partitionId, ...number, ...place };
    }),
  };
  return JSON.stringify(file, null, 2);
}

/** Positions by partition. Throws EHW_BAD_USAGE with every problem of the file. */
export function parseExported(text: string, file: string): ImportedPositions {
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
  return new Map(
    parsed.data.checkpoints.map(({ partitionId, sequenceNumber, offset, enqueuedAtMs }) => {
      const stored = readStoredPosition(sequenceNumber, offset, { isZeroUnwritten: false });
      if (stored.kind === 'out-of-range') {
        throw new WorkerError('EHW_BAD_USAGE', {
          reason: `${file} cannot be imported: partition ${partitionId} has the sequence number ${stored.text}.`,
        });
      }
      const position = stored.kind === 'none' ? undefined : positionOf({ ...stored.position, enqueuedAtMs });
      return [partitionId, position];
    }),
  );
}
