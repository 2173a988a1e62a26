// One event as the engine sees it, and a place in a partition. No decoding happens here: the body stays bytes.

/** An event as it came off the link. `body` may share memory with the receive buffer: copy what outlives the handler. */
export interface ReceivedEvent {
  readonly sequenceNumber: number;
  /** Opaque; never compared, never computed with (geo-replicated namespaces give strings that are no numbers). */
  readonly offset: string;
  readonly enqueuedAtMs: number;
  readonly partitionKey: string | undefined;
  /** The AMQP data section as it came, undecoded. */
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly systemProperties: Readonly<Record<string, unknown>>;
}

/**
 * The place just after an event. `offset` is "-1" where no event's offset is known (a seeded checkpoint);
 * a link then starts by sequence number, and `sequenceNumber` -1 means before the first event.
 */
export interface Position {
  readonly sequenceNumber: number;
  readonly offset: string;
  /** When that event was enqueued, where known: the next event is not older. */
  readonly enqueuedAtMs?: number;
}

export const unknownOffset = '-1';

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
