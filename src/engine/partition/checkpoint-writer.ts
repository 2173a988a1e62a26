// The one writer of a partition's checkpoint: never backwards (G3), never past another generation (G6).
//
// The record is a max-register with a fence. Taking the lease writes our generation into it, which changes its etag, so
// every write of a former owner conflicts from then on. A conflict is read and judged (judge), never overwritten blindly.

import { WorkerError } from '../errors.ts';
import { positionOf } from '../event.ts';
import type { Position } from '../event.ts';
import type { Checkpoint, StoredCheckpoint } from '../leases/records.ts';
import type { CheckpointStore, Clock } from '../ports.ts';
import type { CheckpointResult } from '../reports.ts';
import { withDeadline } from '../waiting.ts';

/** A record that changes more often than this during one write has another writer at work all the time. */
const maxConflicts = 5;

export type Verdict =
  /** Write ours over what is stored. */
  | 'write'
  /** It is ours already: an earlier try was committed although its answer got lost. */
  | 'written'
  /** Somebody without a generation (a foreign SDK) got further: nothing to write for now. */
  | 'superseded'
  /** A later lease holds the partition. */
  | 'fenced';

/** What a conflict means. */
export function judge(stored: Checkpoint | undefined, mine: Checkpoint): Verdict {
  if (stored === undefined) return 'write';
  if (stored.generation > mine.generation) return 'fenced';
  const isSame = stored.sequenceNumber === mine.sequenceNumber && stored.completed === mine.completed;
  if (isSame && stored.generation === mine.generation) return 'written';
  return stored.sequenceNumber > mine.sequenceNumber ? 'superseded' : 'write';
}

export interface CheckpointWriterOptions {
  readonly partitionId: string;
  readonly generation: number;
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
}

export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #etag: string | undefined;
  #storedSequenceNumber = Number.NEGATIVE_INFINITY;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
  }

  /** Reads the record as it stands. */
  async read(signal: AbortSignal): Promise<StoredCheckpoint | undefined> {
    const { store, partitionId } = this.#options;
    const stored = await this.#call('read checkpoint', signal, (inner) =>
      store.readCheckpoint(partitionId, inner),
    );
    this.#etag = stored?.etag;
    this.#storedSequenceNumber = stored?.sequenceNumber ?? Number.NEGATIVE_INFINITY;
    return stored;
  }

  /**
   * Puts our generation into the record as it was just read, at `position`, which may be lower than what is stored only
   * when `isReset`. False: the record changed in between, read it again. Throws EHW_LEASE_LOST when a later generation is there.
   */
  async take(position: Position, completed: string, isReset: boolean, signal: AbortSignal): Promise<boolean> {
    if (!isReset && position.sequenceNumber < this.#storedSequenceNumber) {
      throw new Error('a checkpoint must not move backwards');
    }
    return this.#put(this.#record(position, completed), signal);
  }

  /** Writes a checkpoint. Throws the store's error when it could not be told whether it is stored; a later try settles that. */
  async write(
    position: Position,
    completed: string,
    signal: AbortSignal,
  ): Promise<Exclude<CheckpointResult, 'failed'>> {
    const mine = this.#record(position, completed);
    if (mine.sequenceNumber < this.#storedSequenceNumber) return 'superseded';
    for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
      if (await this.#put(mine, signal)) return 'written';
      const stored = await this.read(signal);
      const verdict = judge(stored, mine);
      if (verdict !== 'write') return verdict;
    }
    throw new WorkerError('EHW_STORAGE_FAILED', {
      reason: `the checkpoint of partition ${mine.partitionId} keeps changing: another program writes it`,
    });
  }

  #record(position: Position, completed: string): Checkpoint {
    const { partitionId, generation } = this.#options;
    return { partitionId, generation, completed, ...positionOf(position) };
  }

  async #put(record: Checkpoint, signal: AbortSignal): Promise<boolean> {
    const { store } = this.#options;
    const result = await this.#call('write checkpoint', signal, (inner) =>
      store.writeCheckpoint(record, this.#etag, inner),
    );
    if (result.kind === 'conflict') return false;
    this.#etag = result.etag;
    this.#storedSequenceNumber = record.sequenceNumber;
    return true;
  }

  #call<T>(operation: string, signal: AbortSignal, run: (inner: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, callTimeoutMs } = this.#options;
    return withDeadline(clock, { operation, timeoutMs: callTimeoutMs, signal }, run);
  }
}
