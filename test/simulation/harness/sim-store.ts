// Blob Storage as the engine's ports see it: conditional writes on ETags, ages from a Date and a Last-Modified of whole
// seconds, and everything a network does to a request. A write is applied at the store whether or not its process lives
// to see the answer, and may be applied long after the process gave up.

import { WorkerError } from '../../../src/engine/errors.ts';
import type {
  Checkpoint,
  GroupView,
  Lease,
  Member,
  StoredCheckpoint,
} from '../../../src/engine/leases/records.ts';
import type { CheckpointStore, LeaseStore, WriteResult } from '../../../src/engine/ports.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { SimProcess } from './sim-process.ts';
import type { Trace } from './trace.ts';

export interface StoredRecord<Value> {
  readonly value: Value;
  readonly etag: string;
  readonly modifiedMs: number;
  /** When the latest forms were written, oldest first. */
  readonly writtenMs: readonly number[];
}

/** A write that follows no condition, as a stock consumer's does. */
export const unconditional = Symbol('unconditional');
/** An etag: only over that record; undefined: only where there is none. */
export type Condition = string | undefined | typeof unconditional;

/** Told of every applied write, before its answer travels. `process` undefined: nobody of ours. */
export interface StoreWatcher {
  leaseWritten(process: SimProcess, lease: Lease, before: StoredRecord<Lease> | undefined): void;
  checkpointWritten(process: SimProcess, checkpoint: Checkpoint, etag: string): void;
}

export interface StoreFaults {
  /** Chance that one request fails or is delayed in one of the ways below. */
  faultRate: number;
  /** Added to each way of each request. */
  extraLatencyMs: number;
  /** The whole account is away. */
  isDown: boolean;
}

export interface StoreOptions {
  /** Every call ends after so long, as the adapter's calls do. */
  readonly callTimeoutMs: number;
  /** The store's clock minus the world's. */
  readonly skewMs: number;
}

type Fault = 'refused' | 'lost-before' | 'lost-after' | 'conflict-after' | 'late' | 'slow';

export class SimStore {
  readonly leases = new Map<string, StoredRecord<Lease>>();
  readonly members = new Map<string, StoredRecord<Member>>();
  readonly checkpoints = new Map<string, StoredRecord<Checkpoint>>();
  readonly faults: StoreFaults = { faultRate: 0, extraLatencyMs: 0, isDown: false };
  /** Processes that cannot reach it. */
  readonly cutOff = new Set<SimProcess>();
  /** Requests by name, for figures. */
  readonly requests = new Map<string, number>();
  readonly #world: VirtualClock;
  readonly #random: SeededRandom;
  readonly #watcher: StoreWatcher;
  readonly #trace: Trace;
  readonly #options: StoreOptions;
  #etags = 0;

  constructor(
    world: VirtualClock,
    random: SeededRandom,
    watcher: StoreWatcher,
    trace: Trace,
    options: StoreOptions,
  ) {
    this.#world = world;
    this.#random = random;
    this.#watcher = watcher;
    this.#trace = trace;
    this.#options = options;
  }

  /** The store's own clock, in whole seconds as HTTP dates have them. */
  dateMs(): number {
    return Math.floor((this.#world.nowMs() + this.#options.skewMs) / 1_000) * 1_000;
  }

  leaseStoreFor(process: SimProcess): LeaseStore {
    return {
      readGroup: (signal) => this.#request(process, 'readGroup', signal, () => this.#readGroup()),
      writeLease: (lease, ifMatch, signal) =>
        this.#write(process, `writeLease ${lease.partitionId}`, signal, () =>
          this.applyLease(process, lease, ifMatch),
        ),
      writeMember: (member, ifMatch, signal) =>
        this.#write(process, 'writeMember', signal, () =>
          this.#put(this.members, member.workerId, member, ifMatch),
        ),
      removeMember: (workerId, ifMatch, signal) =>
        this.#request(process, 'removeMember', signal, () => {
          if (this.members.get(workerId)?.etag === ifMatch) this.members.delete(workerId);
        }),
    };
  }

  checkpointStoreFor(process: SimProcess): CheckpointStore {
    return {
      readCheckpoint: (partitionId, signal) =>
        this.#request(process, `readCheckpoint ${partitionId}`, signal, () =>
          this.#readCheckpoint(partitionId),
        ),
      writeCheckpoint: (checkpoint, ifMatch, signal) =>
        this.#write(process, `writeCheckpoint ${checkpoint.partitionId}`, signal, () =>
          this.applyCheckpoint(process, checkpoint, ifMatch),
        ),
    };
  }

  /** Applies a lease write now; for the request path above and for writers that follow no condition. */
  applyLease(process: SimProcess, lease: Lease, condition: Condition): WriteResult {
    const before = this.leases.get(lease.partitionId);
    const result = this.#put(this.leases, lease.partitionId, lease, condition);
    if (result.kind === 'stored') this.#watcher.leaseWritten(process, lease, before);
    return result;
  }

  applyCheckpoint(process: SimProcess, checkpoint: Checkpoint, condition: Condition): WriteResult {
    const result = this.#put(this.checkpoints, checkpoint.partitionId, checkpoint, condition);
    if (result.kind === 'stored') this.#watcher.checkpointWritten(process, checkpoint, result.etag);
    return result;
  }

  #put<Value>(
    records: Map<string, StoredRecord<Value>>,
    name: string,
    value: Value,
    condition: Condition,
  ): WriteResult {
    const before = records.get(name);
    if (condition !== unconditional && before?.etag !== condition) return { kind: 'conflict' };
    const etag = `"${(this.#etags += 1)}"`;
    const nowMs = this.#world.nowMs();
    const writtenMs = [...(before?.writtenMs.slice(-15) ?? []), nowMs];
    records.set(name, { value, etag, modifiedMs: nowMs, writtenMs });
    return { kind: 'stored', etag };
  }

  #ageMs(record: StoredRecord<unknown>): number {
    const lastModifiedMs = Math.floor((record.modifiedMs + this.#options.skewMs) / 1_000) * 1_000;
    return Math.max(0, this.dateMs() - lastModifiedMs);
  }

  #stored<Value extends object>(record: StoredRecord<Value>): Value & { etag: string; ageMs: number } {
    return { ...record.value, etag: record.etag, ageMs: this.#ageMs(record) };
  }

  #readGroup(): GroupView {
    return {
      storeTimeMs: this.dateMs(),
      leases: [...this.leases.values()].map((record) => this.#stored(record)),
      members: [...this.members.values()].map((record) => this.#stored(record)),
      checkpoints: [...this.checkpoints.values()].map((record) => this.#stored(record)),
    };
  }

  #readCheckpoint(partitionId: string): StoredCheckpoint | undefined {
    const record = this.checkpoints.get(partitionId);
    return record === undefined ? undefined : this.#stored(record);
  }

  #write(
    process: SimProcess,
    name: string,
    signal: AbortSignal,
    apply: () => WriteResult,
  ): Promise<WriteResult> {
    return this.#request(process, name, signal, apply, { kind: 'conflict' });
  }

  /** One request: there, applied, and back, each way with its own delay and its own chance to fail. */
  #request<Answer>(
    process: SimProcess,
    name: string,
    signal: AbortSignal,
    apply: () => Answer,
    conflict?: Answer,
  ): Promise<Answer> {
    const operation = name.split(' ')[0] ?? name;
    this.requests.set(operation, (this.requests.get(operation) ?? 0) + 1);
    const fault = this.#drawFault(conflict !== undefined);
    return new Promise<Answer>((resolve, reject) => {
      let isOver = false;
      const end = (how: string, settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        cancelDeadline();
        signal.removeEventListener('abort', abort);
        if (how !== '') this.#trace.note(process.id, () => `store: ${name}: ${how}`);
        settle();
      };
      const abort = (): void => end('aborted', () => reject(toError(signal.reason)));
      const { callTimeoutMs } = this.#options;
      const cancelDeadline = process.outerClock.schedule(callTimeoutMs, () =>
        end('no answer in time', () =>
          reject(new WorkerError('EHW_TIMED_OUT', { operation: name, timeoutMs: callTimeoutMs })),
        ),
      );
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });

      const answer = (how: string, settle: () => void): void => {
        this.#world.schedule(this.#latencyMs(undefined), () => {
          if (this.#isReachable(process)) process.deliver(() => end(how, settle));
        });
      };
      this.#world.schedule(this.#latencyMs(fault), () => {
        if (!this.#isReachable(process)) {
          // Half of the time the connection is refused at once, half of the time nothing ever answers.
          if (this.faults.isDown && this.#random.chance(0.5)) {
            const error = new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'connection refused' });
            process.deliver(() => end('unreachable', () => reject(error)));
          }
          return;
        }
        if (fault === 'refused') {
          const error = new WorkerError('EHW_STORAGE_FAILED', { reason: '503 Server Busy' });
          return answer('503', () => reject(error));
        }
        if (fault === 'lost-before') return;
        const result = apply();
        if (fault === 'lost-after' || fault === 'late') {
          return this.#trace.note(process.id, () => `store: ${name}: applied (${fault}), the answer is lost`);
        }
        if (fault === 'conflict-after' && conflict !== undefined) {
          return answer('412 after commit', () => resolve(conflict));
        }
        answer(describe(result), () => resolve(result));
      });
    });
  }

  #isReachable(process: SimProcess): boolean {
    return !this.faults.isDown && !this.cutOff.has(process);
  }

  #drawFault(isWrite: boolean): Fault | undefined {
    if (!this.#random.chance(this.faults.faultRate)) return undefined;
    return this.#random.pick<Fault>(
      isWrite
        ? ['refused', 'refused', 'lost-before', 'lost-after', 'conflict-after', 'late', 'slow']
        : ['refused', 'lost-before', 'slow'],
    );
  }

  #latencyMs(fault: Fault | undefined): number {
    const { callTimeoutMs } = this.#options;
    if (fault === 'late') return this.#random.integer(callTimeoutMs, 3 * callTimeoutMs);
    if (fault === 'slow') return this.#random.integer(callTimeoutMs / 4, callTimeoutMs);
    return this.#random.integer(1, 30) + this.faults.extraLatencyMs;
  }
}

function describe(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer)) return '';
  return answer.kind === 'conflict' ? 'conflict' : '';
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
