/** One event hub: its partitions, its consumer groups and who receives from them. */
import type { HubFolder } from '../journal/hub-folder.ts';
import { ProducerLedger } from './producer-ledger.ts';
import { ReceiverRoster } from './receiver-roster.ts';
import { partitionOfKey } from './partition-key.ts';
import { PartitionLog } from '../log/partition-log.ts';
import { compactByKey } from './compaction.ts';
import type { Replication } from '../log/replication-segments.ts';
import type { Retention } from '../log/retention.ts';

export interface HubSpec {
  readonly name: string;
  readonly partitionCount: number;
  readonly retention: Retention;
  readonly consumerGroups: readonly string[];
  /** Compacts a partition after each so many events; undefined: never. */
  readonly compactEveryEvents: number | undefined;
}

export class Hub {
  readonly name: string;
  readonly createdAtMs: number;
  readonly spec: HubSpec;
  readonly #now: () => number;
  /** Undefined: nothing is kept over a restart. */
  readonly #folder: HubFolder | undefined;
  readonly #replication: Replication | undefined;
  readonly #partitions: PartitionLog[] = [];
  readonly #groups: ReadonlyMap<string, string>;
  readonly #rosters = new Map<string, ReceiverRoster>();
  readonly #ledgers = new Map<string, ProducerLedger>();
  #nextRoundRobin = 0;

  constructor(spec: HubSpec, now: () => number, folder?: HubFolder, replication?: Replication) {
    if (folder !== undefined && spec.compactEveryEvents !== undefined) {
      throw new TypeError(`hub '${spec.name}': the data directory keeps no gaps, so it cannot be compacted`);
    }
    this.spec = spec;
    this.name = spec.name;
    this.createdAtMs = folder?.createdAtMs ?? now();
    this.#now = now;
    this.#folder = folder;
    this.#replication = replication;
    const groups = ['$Default', ...spec.consumerGroups];
    this.#groups = new Map(groups.map((group) => [group.toLowerCase(), group]));
    this.addPartitions(folder?.partitionCount ?? spec.partitionCount);
  }

  get partitions(): readonly PartitionLog[] {
    return this.#partitions;
  }

  get partitionIds(): string[] {
    return this.#partitions.map((partition) => partition.id);
  }

  partition(id: string): PartitionLog | undefined {
    return this.#partitions.find((partition) => partition.id === id);
  }

  hasConsumerGroup(group: string): boolean {
    return this.#groups.has(group.toLowerCase());
  }

  /** Who receives from a partition in a consumer group. */
  roster(partitionId: string, group: string): ReceiverRoster {
    const key = `${partitionId}/${group.toLowerCase()}`;
    let roster = this.#rosters.get(key);
    if (roster === undefined) {
      roster = new ReceiverRoster(this.#groups.get(group.toLowerCase()) ?? group);
      this.#rosters.set(key, roster);
    }
    return roster;
  }

  rostersOf(partitionId: string): ReceiverRoster[] {
    return [...this.#rosters]
      .filter(([key]) => key.startsWith(`${partitionId}/`))
      .map(([, roster]) => roster);
  }

  /** What a partition knows of its idempotent publishers. */
  ledger(partitionId: string): ProducerLedger {
    let ledger = this.#ledgers.get(partitionId);
    if (ledger === undefined) {
      ledger = new ProducerLedger();
      this.#ledgers.set(partitionId, ledger);
    }
    return ledger;
  }

  /** The partition for an event with this key, or the next in turn for one without. */
  choosePartition(partitionKey: string | undefined): PartitionLog {
    const count = this.#partitions.length;
    const index =
      partitionKey === undefined ? this.#nextRoundRobin++ % count : partitionOfKey(partitionKey, count);
    const partition = this.#partitions[index];
    if (partition === undefined) throw new RangeError(`hub ${this.name} has no partition ${index}`);
    return partition;
  }

  addPartitions(count: number): void {
    const wanted = this.#partitions.length + count;
    if (this.#folder !== undefined && wanted > this.#folder.partitionCount) this.#folder.grow(wanted);
    for (let added = 0; added < count; added += 1) {
      const id = String(this.#partitions.length);
      const journal = this.#folder?.journal(id);
      const log = new PartitionLog(id, this.spec.retention, this.#now, journal, this.#replication);
      this.#partitions.push(log);
      this.#compactRegularly(log);
    }
  }

  /** Deletes what is kept of it. */
  remove(): void {
    this.#folder?.remove();
  }

  #compactRegularly(log: PartitionLog): void {
    const every = this.spec.compactEveryEvents;
    if (every === undefined) return;
    let since = 0;
    log.onAppend(() => {
      since += 1;
      if (since < every) return;
      since = 0;
      compactByKey(log);
    });
  }
}
