// Writes the history of a simulated run: told by the store, the hub and the handlers, in the order it became true. What
// the trace shows of it is noted here, too.

import type { Checkpoint, Lease, Member } from '../../../src/engine/leases/records.ts';
import { decodeCompleted } from '../../../src/engine/partition/completed-map.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import type { Report } from '../../../src/engine/reports.ts';
import type { HistoryEntry, ProcessEntry } from '../../support/history.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { LoggedEvent, PartitionLog } from './partition-log.ts';
import type { GroupSettings } from './settings.ts';
import type { BrokerWatcher } from './sim-broker.ts';
import type { HandlerWatcher } from './sim-handler.ts';
import type { SimProcess } from './sim-process.ts';
import type { StoredRecord, StoreWatcher } from './sim-store.ts';
import type { Trace } from './trace.ts';

export interface RecorderOptions {
  readonly world: VirtualClock;
  readonly trace: Trace;
  readonly settings: GroupSettings;
  /** A worker's member record as the store holds it. */
  readonly memberOf: (workerId: string) => StoredRecord<Member> | undefined;
  /** The hub's present life. */
  readonly life: () => number;
}

export class Recorder implements StoreWatcher, BrokerWatcher {
  readonly history: HistoryEntry[] = [];
  /** Whatever should not have happened and is no matter of the history. */
  readonly problems: string[] = [];
  readonly #options: RecorderOptions;
  /** Partitions that ever had a checkpoint. */
  readonly #seeded = new Set<string>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  sent({ partitionId, life }: PartitionLog, { id, sequenceNumber, key, content }: LoggedEvent): void {
    const { ordering } = this.#options.settings.handling;
    const flaw = content === 'whole' ? undefined : content;
    // What no handler sees has to be ordered with nothing.
    const lane = flaw === 'broken' ? undefined : { key, partition: 'all', none: undefined }[ordering];
    this.#record({ kind: 'sent', id, partitionId, sequenceNumber, lane, life, flaw });
  }

  excused({ partitionId, life }: PartitionLog, upTo: number, why: 'expired' | 'recreated'): void {
    this.#record({ kind: 'excused', partitionId, life, upTo, why });
  }

  deadLettered(process: SimProcess, { event, partitionId, reason }: DeadLetter): void {
    const id = String(event.message.properties.messageId ?? '');
    this.#note(process, () => `dead letter ${id} (${reason})`);
    this.#record({ kind: 'dead-lettered', id, partitionId, reason });
  }

  /** A worker says that no event has these numbers. */
  gapTold(process: SimProcess, { partitionId, from, to }: Extract<Report, { kind: 'gap' }>): void {
    this.#record({ kind: 'gap', partitionId, process: process.id, from, to });
  }

  /** Something happened to a process, or it ended. */
  tell(process: SimProcess, kind: ProcessEntry['kind'], unflushed?: readonly string[]): void {
    this.#note(process, () => kind);
    const entry = { kind, process: process.id, workerId: process.workerId };
    this.#record(unflushed === undefined ? entry : { ...entry, unflushed });
  }

  handlerWatcher(process: SimProcess): HandlerWatcher {
    return {
      started: (event, call) => {
        const { partitionId, sequenceNumber } = event;
        const id = event.messageId ?? '';
        const generation = Number(event.properties['generation']);
        this.#note(process, () => `handler starts ${id} (generation ${generation}, call ${call})`);
        this.#record({
          kind: 'started',
          id,
          partitionId,
          sequenceNumber,
          process: process.id,
          generation,
          call,
        });
      },
      finished: (event, call, outcome) => {
        const id = event.messageId ?? '';
        this.#note(process, () => `handler ${outcome} ${id} (call ${call})`);
        this.#record({
          kind: 'finished',
          id,
          partitionId: event.partitionId,
          process: process.id,
          call,
          outcome,
        });
      },
    };
  }

  leaseWritten(process: SimProcess, lease: Lease, before: StoredRecord<Lease> | undefined): void {
    const former = before?.value;
    const isSame =
      former !== undefined &&
      former.ownerId === lease.ownerId &&
      former.generation === lease.generation &&
      former.requestedBy === lease.requestedBy;
    if (isSame) return;
    this.#note(process, () => {
      const asked = lease.requestedBy === '' ? '' : `, asked for by ${lease.requestedBy}`;
      return `store: lease ${lease.partitionId} = ${lease.ownerId === '' ? 'free' : lease.ownerId} (${lease.generation})${asked}`;
    });
    const replaced =
      before === undefined
        ? undefined
        : {
            ownerId: before.value.ownerId,
            generation: before.value.generation,
            ageMs: this.#leaseAgeMs(before),
          };
    const { partitionId, ownerId, generation, requestedBy } = lease;
    this.#record({
      kind: 'lease',
      partitionId,
      process: process.id,
      ownerId,
      generation,
      requestedBy,
      replaced,
    });
  }

  /** A lease lives while its owner's member record is renewed: the younger of the two counts. */
  #leaseAgeMs({ value, modifiedMs }: StoredRecord<Lease>): number {
    const nowMs = this.#options.world.nowMs();
    const leaseAgeMs = nowMs - modifiedMs;
    const member = this.#options.memberOf(value.ownerId);
    if (member === undefined) return leaseAgeMs;
    // A renewal that lands between the listing that saw the lease expired and the claim does not make it live again:
    // what counts is the longest gap that ended a moment ago, or has not ended.
    const sinceMs = nowMs - (2 / 3) * this.#options.settings.lease.leaseMs;
    const ends = [...member.writtenMs, nowMs];
    const gapsMs = ends.map((endMs, index) => (endMs < sinceMs ? 0 : endMs - (ends[index - 1] ?? endMs)));
    return Math.min(leaseAgeMs, Math.max(...gapsMs));
  }

  checkpointWritten(process: SimProcess, checkpoint: Checkpoint, etag: string): void {
    const { partitionId, generation, sequenceNumber, offset } = checkpoint;
    const life = Number(offset.split(':')[1] ?? this.#options.life());
    const completed = this.#completedOf(process, checkpoint);
    this.#note(process, () => {
      const above = completed.size === 0 ? '' : ` and ${[...completed].join(' ')}`;
      return `store: checkpoint ${partitionId} = ${sequenceNumber}${above} (${generation})`;
    });
    const isFirst = !this.#seeded.has(partitionId);
    this.#seeded.add(partitionId);
    if (isFirst && this.#options.settings.start.at === 'latest') {
      this.#record({ kind: 'excused', partitionId, life, upTo: sequenceNumber, why: 'before-start' });
    }
    this.#record({
      kind: 'checkpoint',
      partitionId,
      process: process.id,
      generation,
      sequenceNumber,
      completed,
      etag,
      life,
    });
  }

  #completedOf(process: SimProcess, checkpoint: Checkpoint): ReadonlySet<number> {
    const { completed, sequenceNumber, partitionId } = checkpoint;
    const decoded = decodeCompleted(completed, sequenceNumber);
    const numbers = new Set<number>();
    if (decoded === undefined) return numbers;
    if ('unreadable' in decoded) {
      this.problems.push(`${process.id} wrote an unreadable map for ${partitionId}: ${decoded.unreadable}`);
      return numbers;
    }
    for (let number = sequenceNumber + 1; number <= decoded.last; number += 1) {
      if (decoded.has(number)) numbers.add(number);
    }
    return numbers;
  }

  #note(process: SimProcess, text: () => string): void {
    this.#options.trace.note(process.id, text);
  }

  #record(entry: Untimed<HistoryEntry>): void {
    this.history.push({ ...entry, atMs: this.#options.world.monotonicMs() });
  }
}

type Untimed<Entry> = Entry extends HistoryEntry ? Omit<Entry, 'atMs'> : never;
