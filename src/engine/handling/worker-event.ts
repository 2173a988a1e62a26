// One event as a handler receives it. Every accessor decodes on first touch and keeps the answer; what nobody touches is never
// decoded. One that meets a section which cannot be decoded throws WorkerError EHW_EVENT_UNDECODABLE: the event becomes a dead letter.

import type { Message, MessageValues } from '../event.ts';
import type { CloudEvent } from '../reading/cloud-event.ts';
import type { JsonOptions } from '../reading/json.ts';
import type { SchemaReference } from '../reading/schema-reference.ts';

export interface WorkerEvent<Data = unknown> extends SentProperties, EventContent<Data> {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** Opaque: never a number to compute with. */
  readonly offset: string;
  readonly enqueuedAt: Date;
  readonly partitionKey: string | undefined;
  /**
   * What keeps events in order where the handler has no `key`: the partition key, else Kafka's record key, else IoT Hub's
   * device. Bytes are text where they are UTF-8.
   */
  readonly orderingKey: string | undefined;
}

/** What the sender said beside the body. */
export interface SentProperties {
  /** Ids as text: a UUID in its canonical form, numbers in digits, bytes as UTF-8 or hex. As they came: `message.properties`. */
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly userId: string | undefined;
  readonly groupId: string | undefined;
  readonly groupSequence: number | undefined;
  readonly subject: string | undefined;
  readonly to: string | undefined;
  readonly replyTo: string | undefined;
  readonly replyToGroupId: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Set by the sender. */
  readonly creationTime: Date | undefined;
  readonly absoluteExpiryTime: Date | undefined;
  /**
   * The application properties (Kafka: the headers), typed: text, number, boolean, bigint beyond 2^53, Date, Uint8Array, a UUID's
   * text, null; a decimal, and what its sender described, have `toString()` and `meaning`.
   */
  readonly properties: MessageValues;
  /** The message annotations, typed: IoT Hub's device, Kafka's key, what other services add. */
  readonly annotations: MessageValues;
  /** Annotations (without position and partition key) and AMQP properties in one record, as the Event Hubs SDK shows them. */
  readonly systemProperties: MessageValues;
  /**
   * An application property as text, whatever its type: bytes as UTF-8 (else `0x` and hex), dates in ISO 8601. A name that differs in
   * case only is taken where none is equal. Undefined when absent or null.
   */
  header(name: string): string | undefined;
  /** Every section as it came, and the whole message byte for byte. */
  readonly message: Message;
}

/** The body. Accessors throw PermanentError for a body that is not what is asked for: no retry cures it. */
export interface EventContent<Data = unknown> {
  /** The bytes as sent, compressed if they were; memory of the receive buffer: copy what outlives the call. */
  readonly body: Uint8Array;
  /** The bytes after `content-encoding` (gzip, deflate, br, zstd, snappy); at most maxBytes (16 MiB) of them. */
  content(maxBytes?: number): Uint8Array;
  /** The body as text in the charset its sender names; UTF-8 where none is. */
  text(): string;
  /** The body as JSON; `{ bigint: true }` keeps integers beyond 2^53. null for a tombstone. */
  json(options?: JsonOptions): unknown;
  /** With a schema: the validated value. Without: JSON when contentType says so or the body is JSON, else text, else bytes. */
  readonly data: Data;
  /** An AMQP value or sequence body, typed as `properties` are; undefined when the body is bytes. */
  readonly value: unknown;
  /** A null in place of a body: what Kafka's log compaction calls a deletion. An empty body is none. */
  readonly isTombstone: boolean;
  /**
   * The events or rows inside: an array's items, those of `records`, one JSON value a line; else the body itself as the only one.
   */
  records(options?: JsonOptions): readonly unknown[];
  /** The lines of the text that are not blank. */
  lines(): readonly string[];
  /** The event as a CloudEvent, Event Grid's schema included; undefined when it is none, or more than one. */
  readonly cloudEvent: CloudEvent | undefined;
  /** All of a batch. */
  readonly cloudEvents: readonly CloudEvent[];
  /** The schema registry's id that comes with the body; undefined when there is none. */
  readonly schema: SchemaReference | undefined;
}
