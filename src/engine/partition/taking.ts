// Taking a partition over, in this order: read the checkpoint, decide where to begin, write our generation into it (which
// fences the former owner), and only then attach. Attached before the fence, a former owner could still move the
// checkpoint under us; fenced before the read, we could begin behind what it just wrote.

import { asError, WorkerError } from '../errors.ts';
import { isNumbered, positionOf } from '../event.ts';
import type { PartitionProperties, Position, StartPosition } from '../event.ts';
import type { StoredCheckpoint } from '../leases/records.ts';
import type { Clock, EventSource, Random } from '../ports.ts';
import type { ReportSink } from '../reports.ts';
import { sleep, withDeadline } from '../waiting.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';
import { decodeCompleted, encodeCompleted } from './completed-map.ts';
import type { CompletedSet } from './completed-map.ts';
import { beginningOf, planStart } from './start-plan.ts';

export interface TakingOptions {
  readonly partitionId: string;
  readonly generation: number;
  readonly writer: CheckpointWriter;
  readonly source: EventSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly callTimeoutMs: number;
  readonly start: StartPosition;
  readonly onRecreatedHub: 'reset' | 'stop';
  readonly report: ReportSink;
}

export interface Taken {
  /** Everything up to it counts as finished. */
  readonly position: Position;
  /** False: the first event tells where that is (a start by time, or a checkpoint of an offset alone). */
  readonly isAnchored: boolean;
  readonly carried: CompletedSet | undefined;
  readonly linkStart: Position | { readonly enqueuedAfterMs: number };
  readonly lastSequenceNumber: number | undefined;
}

const retryMaxMs = 10_000;
/** With a checkpoint the properties only tell of expired events: not worth a long wait while nobody serves the partition. */
const propertiesTimeoutMs = 3_000;

/**
 * Tries until it is done. Undefined when the signal was aborted. Throws EHW_LEASE_LOST when a later generation took the
 * checkpoint, and EHW_HUB_RECREATED when the policy says stop; everything else is reported and tried again.
 */
export async function takePartition(options: TakingOptions, signal: AbortSignal): Promise<Taken | undefined> {
  const { clock, random, report, partitionId } = options;
  for (let failures = 0; !signal.aborted;) {
    try {
      const taken = await tryOnce(options, signal);
      if (taken !== undefined) return taken;
      continue; // the record changed between reading and writing: read it again at once
    } catch (error) {
      if (signal.aborted) return undefined;
      if (
        error instanceof WorkerError &&
        (error.code === 'EHW_LEASE_LOST' || error.code === 'EHW_HUB_RECREATED')
      ) {
        throw error;
      }
      report({ kind: 'partition.fault', partitionId, error: asError(error) });
    }
    failures += 1;
    await sleep(
      clock,
      Math.min(retryMaxMs, 100 * 2 ** Math.min(failures, 10)) * (0.5 + 0.5 * random.next()),
      signal,
    );
  }
  return undefined;
}

async function tryOnce(options: TakingOptions, signal: AbortSignal): Promise<Taken | undefined> {
  const { partitionId, generation, writer, report } = options;
  const stored = await writer.read(signal);
  if (stored !== undefined && stored.generation > generation) {
    throw new WorkerError('EHW_LEASE_LOST', {
      partitionId,
      reason: `generation ${stored.generation} took the checkpoint`,
    });
  }
  const properties = await readProperties(options, stored, signal);
  const plan = planStart({
    checkpoint: stored === undefined ? undefined : positionOf(stored),
    properties,
    start: options.start,
    onRecreatedHub: options.onRecreatedHub,
  });
  const lastSequenceNumber = properties?.lastSequenceNumber;
  switch (plan.kind) {
    case 'recreated':
      report({ kind: 'hub-recreated', partitionId, checkpoint: plan.checkpoint, last: plan.last });
      throw new WorkerError('EHW_HUB_RECREATED', {
        partitionId,
        checkpoint: plan.checkpoint,
        last: plan.last,
      });
    case 'time': {
      const position =
        properties === undefined ? { sequenceNumber: -1, offset: '-1' } : beginningOf(properties);
      const linkStart = { enqueuedAfterMs: plan.enqueuedAfterMs };
      return { position, isAnchored: false, carried: undefined, linkStart, lastSequenceNumber };
    }
    case 'position': {
      if (plan.isReset && stored !== undefined) {
        const last = lastSequenceNumber ?? -1;
        report({ kind: 'hub-recreated', partitionId, checkpoint: stored.sequenceNumber, last });
      }
      const { position } = plan;
      const carried = plan.isReset ? undefined : readCompleted(options, stored);
      const map = encodeCompleted({
        watermark: position.sequenceNumber,
        head: position.sequenceNumber,
        unfinished: [],
        carried,
      });
      if (!(await writer.take(position, map.text, plan.isReset, signal))) return undefined;
      if (plan.expired > 0) report({ kind: 'skipped', partitionId, reason: 'expired', events: plan.expired });
      return { position, isAnchored: isNumbered(position), carried, linkStart: position, lastSequenceNumber };
    }
    default:
      return plan satisfies never;
  }
}

async function readProperties(
  options: TakingOptions,
  stored: StoredCheckpoint | undefined,
  signal: AbortSignal,
): Promise<PartitionProperties | undefined> {
  const { clock, source, partitionId, callTimeoutMs } = options;
  const timeoutMs = stored === undefined ? callTimeoutMs : Math.min(callTimeoutMs, propertiesTimeoutMs);
  try {
    return await withDeadline(clock, { operation: 'read partition properties', timeoutMs, signal }, (inner) =>
      source.partitionProperties(partitionId, inner),
    );
  } catch (error) {
    // Without a checkpoint nobody knows where to begin. With one the events are more urgent than what has expired.
    if (stored === undefined || signal.aborted) throw error;
    options.report({ kind: 'partition.fault', partitionId, error: asError(error) });
    return undefined;
  }
}

/** A damaged map is ignored: what it told is handled again, which is allowed; trusting it could lose events. */
function readCompleted(
  options: TakingOptions,
  stored: StoredCheckpoint | undefined,
): CompletedSet | undefined {
  if (stored === undefined) return undefined;
  const decoded = decodeCompleted(stored.completed, stored.sequenceNumber);
  if (decoded === undefined || !('unreadable' in decoded)) return decoded;
  const { partitionId, report } = options;
  report({ kind: 'completed-map.unreadable', partitionId, reason: decoded.unreadable });
  return undefined;
}
