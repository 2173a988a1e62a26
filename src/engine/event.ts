// One event as the engine sees it, and a place in a partition. No decoding happens here: the message stays as it came until
// somebody touches a part of it.

/** An event as it came off the link. */
export interface ReceivedEvent {
  readonly sequenceNumber: number;
  /** Opaque; never compared, never computed with (geo-replicated namespaces give strings that are no numbers). */
  readonly offset: string;
  readonly enqueuedAtMs: number;
  readonly partitionKey: string | undefined;
  /** The whole encoded message: what the budget counts. */
  readonly sizeBytes: number;
  /** Why nothing of the content can be read, where that is known on arrival: the handler never sees such an event. */
  readonly defect: string | undefined;
  readonly message: Message;
}

/**
 * What an event holds besides its position, section by section (AMQP 1.0 part 3.2), each decoded when it is first touched.
 * Memory may be shared with the receive buffer: copy what outlives the handler. A section that cannot be decoded throws
 * WorkerError EHW_EVENT_UNDECODABLE.
 */
export interface Message {
  /** As it came, byte for byte. */
  readonly encoded: Uint8Array;
  readonly header: MessageHeader;
  readonly deliveryAnnotations: MessageValues;
  /** The message annotations, those of the broker among them. */
  readonly annotations: MessageValues;
  readonly properties: MessageProperties;
  readonly applicationProperties: MessageValues;
  readonly body: MessageBody;
  readonly footer: MessageValues;
  /** One message annotation, without decoding the others. */
  annotation(name: string): unknown;
}

export type MessageValues = Readonly<Record<string, unknown>>;

export interface MessageHeader {
  readonly durable?: boolean;
  readonly priority?: number;
  readonly ttlMs?: number;
  readonly firstAcquirer?: boolean;
  readonly deliveryCount?: number;
}

/** A UUID is its canonical text. */
export type MessageId = string | number | bigint | Uint8Array;

/** The properties section. Times are a Date, or milliseconds where no Date reaches. */
export interface MessageProperties {
  readonly messageId?: MessageId;
  readonly userId?: Uint8Array;
  readonly to?: string;
  readonly subject?: string;
  readonly replyTo?: string;
  readonly correlationId?: MessageId;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly absoluteExpiryTime?: Date | bigint;
  readonly creationTime?: Date | bigint;
  readonly groupId?: string;
  readonly groupSequence?: number;
  readonly replyToGroupId?: string;
}

export type MessageBody =
  | { readonly kind: 'data'; readonly parts: readonly Uint8Array[] }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'sequence'; readonly values: readonly (readonly unknown[])[] }
  | { readonly kind: 'none' };

/**
 * The place just after an event. `offset` is "-1" where no event's offset is known (a seeded checkpoint);
 * a link then starts by sequence number, and `sequenceNumber` -1 means before the first event. Beside a known offset -1 means
 * that the sequence number is not known (other programs store such checkpoints): the first event that comes tells it.
 */
export interface Position {
  readonly sequenceNumber: number;
  readonly offset: string;
  /** When that event was enqueued, where known: the next event is not older. */
  readonly enqueuedAtMs?: number;
}

export const unknownOffset = '-1';

/** Whether a position says which events lie behind it. */
export function isNumbered({ sequenceNumber, offset }: Position): boolean {
  return sequenceNumber >= 0 || offset === unknownOffset;
}

/** The position of something that has one, and nothing else of it: a record spread whole would carry its generation along. */
export function positionOf(place: {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedAtMs?: number | undefined;
}): Position {
  const { sequenceNumber, offset, enqueuedAtMs } = place;
  return { sequenceNumber, offset, ...(enqueuedAtMs === undefined ? {} : { enqueuedAtMs }) };
}

/** Where a partition without a checkpoint begins. */
export type StartPosition =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | { readonly at: 'time'; readonly enqueuedAfterMs: number };

/** What the broker says of a partition: the range it retains. Empty and never used: last = -1, begin = 0 or -1. */
export interface PartitionProperties {
  readonly partitionId: string;
  readonly beginSequenceNumber: number;
  readonly lastSequenceNumber: number;
  readonly lastOffset: string;
  readonly lastEnqueuedAtMs: number;
  readonly isEmpty: boolean;
}
