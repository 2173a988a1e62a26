// What each owned partition has received: two numbers per partition, cheap to add to, dropped with the lease.

export interface Traffic {
  events: number;
  bytes: number;
}

export class PartitionTraffic {
  readonly #byPartition = new Map<string, Traffic>();

  add(partitionId: string, events: number, bytes: number): void {
    const traffic = this.#byPartition.get(partitionId);
    if (traffic === undefined) {
      this.#byPartition.set(partitionId, { events, bytes });
      return;
    }
    traffic.events += events;
    traffic.bytes += bytes;
  }

  /** What a partition has received since its lease came; zeros before the first event. */
  of(partitionId: string): Readonly<Traffic> {
    return this.#byPartition.get(partitionId) ?? { events: 0, bytes: 0 };
  }

  /** The lease went: a later lease of the same partition starts at 0, which Prometheus reads as a counter reset. */
  drop(partitionId: string): void {
    this.#byPartition.delete(partitionId);
  }
}
