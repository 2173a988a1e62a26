/** What tests and the control port see of a hub, and what they may do to it without AMQP. */
import type { Hub } from './hub.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { encodeLocalEvent } from '../amqp/local-event.ts';
import type { LocalEvent } from '../amqp/local-event.ts';
import { readIncoming } from '../amqp/event-encoding.ts';
import { encodeKafkaEvent } from '../amqp/kafka-event.ts';
import type { KafkaEvent } from '../amqp/kafka-event.ts';
import { compactByKey } from './compaction.ts';

export interface PartitionView {
  readonly id: string;
  readonly beginSequenceNumber: number;
  /** -1 when the partition was never used. */
  readonly lastSequenceNumber: number;
  readonly lastOffset: string;
  readonly lastEnqueuedAtMs: number;
  readonly eventCount: number;
  readonly byteCount: number;
}

export interface ReceiverView {
  readonly name: string;
  /** A decimal text when it is above 2^53. */
  readonly epoch: number | string | undefined;
  readonly consumerGroup: string;
}

export class HubView {
  readonly #find: () => Hub;

  /** `find` looks the hub up at each call: a re-created hub is another object. */
  constructor(find: () => Hub) {
    this.#find = find;
  }

  get name(): string {
    return this.#find().name;
  }

  get partitionIds(): string[] {
    return this.#find().partitionIds;
  }

  get partitions(): PartitionView[] {
    return this.#find().partitions.map(viewOf);
  }

  partition(id: string): PartitionView {
    return viewOf(this.#log(id));
  }

  /** Appends an event without AMQP, about as fast as memory: for preloading. Returns its sequence number. */
  append(partitionId: string, event: LocalEvent): number {
    return this.#log(partitionId).append(encodeLocalEvent(event)).sequenceNumber;
  }

  /** Appends a record of a Kafka producer, as AMQP consumers get it. Returns its sequence number. */
  appendKafka(partitionId: string, event: KafkaEvent): number {
    return this.#log(partitionId).append(encodeKafkaEvent(event)).sequenceNumber;
  }

  /** Appends a whole encoded message as if a publisher had sent it. Throws CodecError when its sections cannot be walked. */
  appendEncoded(partitionId: string, message: Uint8Array): number {
    const [event] = readIncoming(Buffer.from(message), 0).events;
    if (event === undefined) throw new TypeError('the message holds no event');
    return this.#log(partitionId).append(event).sequenceNumber;
  }

  /** Takes sequence numbers that are never delivered, as the markers of Kafka transactions do. */
  appendMarkers(partitionId: string, count = 1): void {
    const log = this.#log(partitionId);
    for (let marker = 0; marker < count; marker += 1) log.appendMarker();
  }

  /** Removes all but the newest event of each key; the others leave gaps in the sequence numbers. Returns how many. */
  compact(partitionId: string): number {
    return compactByKey(this.#log(partitionId));
  }

  /** Removes the events that `keep` does not want, wherever they are: gaps of any shape. Returns how many. */
  erase(partitionId: string, isErased: (sequenceNumber: number) => boolean): number {
    const log = this.#log(partitionId);
    const doomed = [...log.records()].map(([sequenceNumber]) => sequenceNumber).filter(isErased);
    for (const sequenceNumber of doomed) log.erase(sequenceNumber);
    return doomed.length;
  }

  /** Forgets the events below a sequence number, as retention would. Returns how many. */
  expire(partitionId: string, beforeSequenceNumber: number): number {
    return this.#log(partitionId).expire(beforeSequenceNumber);
  }

  receivers(partitionId: string): ReceiverView[] {
    return this.#find()
      .rostersOf(this.#log(partitionId).id)
      .flatMap(({ consumerGroup, seats }) =>
        seats.map(({ name, epoch }) => ({ name, epoch: readable(epoch), consumerGroup })),
      );
  }

  #log(partitionId: string): PartitionLog {
    const log = this.#find().partition(partitionId);
    if (log === undefined) throw new RangeError(`hub ${this.name} has no partition ${partitionId}`);
    return log;
  }
}

function readable(epoch: bigint | undefined): number | string | undefined {
  if (epoch === undefined) return undefined;
  return epoch <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(epoch) : epoch.toString();
}

function viewOf(log: PartitionLog): PartitionView {
  return {
    id: log.id,
    beginSequenceNumber: log.beginSequenceNumber,
    lastSequenceNumber: log.lastSequenceNumber,
    lastOffset: log.lastOffsetText,
    lastEnqueuedAtMs: log.lastEnqueuedAtMs,
    eventCount: log.eventCount,
    byteCount: log.byteCount,
  };
}
