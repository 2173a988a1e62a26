// One partition of the simulated event hub: its events, what of them is retained, and which link reads it. A log belongs
// to one life of the hub: creating the hub anew makes new logs, and offsets of another life mean nothing to it.

import type { PartitionProperties, Position } from '../../../src/engine/event.ts';
import { unknownOffset } from '../../../src/engine/event.ts';

export interface LoggedEvent {
  readonly id: string;
  readonly sequenceNumber: number;
  /** Opaque: neither a number nor in any order. */
  readonly offset: string;
  readonly enqueuedAtMs: number;
  readonly key: string | undefined;
  readonly content: EventContent;
}

/** What a reader can make of an event: `broken` shows on arrival, `unreadable` when the body is touched. */
export type EventContent = 'whole' | 'broken' | 'unreadable';

/** A reader as the broker knows it. */
export interface Reader {
  readonly generation: number;
  /** The broker took the partition away from it. */
  detached(): void;
  /** There is something new to read. */
  wake(): void;
}

export class PartitionLog {
  readonly partitionId: string;
  readonly life: number;
  readonly events: LoggedEvent[] = [];
  /** Index of the first event still retained. */
  firstIndex = 0;
  /** Numbers taken at the end that no event has. */
  #trailing = 0;
  #reader: Reader | undefined;
  readonly #indexOfOffset = new Map<string, number>();

  constructor(partitionId: string, life: number) {
    this.partitionId = partitionId;
    this.life = life;
  }

  get lastSequenceNumber(): number {
    return (this.events.at(-1)?.sequenceNumber ?? -1) + this.#trailing;
  }

  get reader(): Reader | undefined {
    return this.#reader;
  }

  append(event: LoggedEvent): void {
    this.#indexOfOffset.set(event.offset, this.events.length);
    this.events.push(event);
    this.#trailing = 0;
    this.#reader?.wake();
  }

  /** Takes numbers that no event has: what ends a Kafka transaction, or what compaction left of the last events. */
  trail(count: number): void {
    this.#trailing += count;
  }

  /** Drops the oldest events, at most `count`; returns the last sequence number that is gone. */
  expire(count: number): number {
    this.firstIndex = Math.min(this.events.length, this.firstIndex + count);
    return this.firstIndex === 0 ? -1 : (this.events[this.firstIndex - 1]?.sequenceNumber ?? -1);
  }

  /**
   * The epoch rule: an equal or higher generation takes the partition and detaches who reads it now; a lower one is
   * refused while somebody with a higher one reads. Once nobody reads, nothing is remembered.
   */
  attach(reader: Reader): 'attached' | 'refused' {
    const current = this.#reader;
    if (current === reader) return 'attached';
    if (current !== undefined && current.generation > reader.generation) return 'refused';
    this.#reader = reader;
    current?.detached();
    return 'attached';
  }

  detach(reader: Reader): void {
    if (this.#reader === reader) this.#reader = undefined;
  }

  /** Index of the first event after the place, or undefined when this log does not know the place. */
  indexAfter(start: Position | { readonly enqueuedAfterMs: number }): number | undefined {
    if ('enqueuedAfterMs' in start) {
      return this.#firstIndexWhere((event) => event.enqueuedAtMs >= start.enqueuedAfterMs);
    }
    if (start.offset === unknownOffset) {
      return this.#firstIndexWhere((event) => event.sequenceNumber > start.sequenceNumber);
    }
    const index = this.#indexOfOffset.get(start.offset);
    return index === undefined ? undefined : Math.max(this.firstIndex, index + 1);
  }

  properties(): PartitionProperties {
    const last = this.events.at(-1);
    return {
      partitionId: this.partitionId,
      beginSequenceNumber: this.events[this.firstIndex]?.sequenceNumber ?? this.lastSequenceNumber + 1,
      lastSequenceNumber: this.lastSequenceNumber,
      lastOffset: last?.offset ?? unknownOffset,
      lastEnqueuedAtMs: last?.enqueuedAtMs ?? 0,
      isEmpty: this.firstIndex >= this.events.length,
    };
  }

  #firstIndexWhere(isWanted: (event: LoggedEvent) => boolean): number {
    for (let index = this.firstIndex; index < this.events.length; index += 1) {
      const event = this.events[index];
      if (event !== undefined && isWanted(event)) return index;
    }
    return this.events.length;
  }
}
