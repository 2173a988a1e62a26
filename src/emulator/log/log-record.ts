/** What a log stores: opaque bytes, and the position they get. */

/** What an event gets when it is appended. */
export interface Position {
  readonly sequenceNumber: number;
  /** Bytes in front of the event since the partition began: grows with each event, opaque to clients. */
  readonly offset: number;
  readonly enqueuedAtMs: number;
  /** Of a geo-replicated namespace (hubs/geo-replication.ts). */
  readonly replicationSegment?: number | undefined;
}

/** An event that is ready to be stored. */
export interface LogRecord {
  /** An upper bound of what write() writes, for any position. */
  readonly maxBytes: number;
  /** Writes the record and returns the position behind it. */
  write(target: Buffer, at: number, position: Position): number;
  /** How many of its bytes are the message's header section: delivery annotations go behind it. */
  readonly headerBytes: number;
}

const MARKER_BYTES = 78;

/** What stands for a marker of a Kafka transaction: as long as Kafka's own, and never read. */
export const MARKER: LogRecord = {
  maxBytes: MARKER_BYTES,
  headerBytes: 0,
  write: (target, at) => {
    target.fill(0, at, at + MARKER_BYTES);
    return at + MARKER_BYTES;
  },
};
