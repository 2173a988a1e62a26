/**
 * One partition's events: an append-only log of encoded records with sequence numbers, offsets, enqueued times and
 * retention. Records are opaque bytes here; amqp/event-encoding.ts knows what is in them.
 *
 * Invariant: record n of a segment occupies [starts[n], starts[n + 1]) of its bytes and never moves, so a reader may
 * copy from it at any later time while it holds the segment.
 */
import { DataFolderError } from '../journal/data-folder-error.ts';
import type { PartitionJournal } from '../journal/partition-journal.ts';
import type { EventRecord, JournalRecord } from '../journal/journal-record.ts';
import { LogSegment } from './log-segment.ts';

/** What an event gets when it is appended. */
export interface Position {
  readonly sequenceNumber: number;
  /** Bytes in front of the event since the partition began: grows with each event, opaque to clients. */
  readonly offset: number;
  readonly enqueuedAtMs: number;
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

export interface Retention {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** Where a record's bytes are. */
export interface StoredRecord {
  readonly segment: LogSegment;
  readonly index: number;
}

/** Azure reports the earliest .NET time for a partition that was never used. */
const NEVER_MS = -62_135_596_800_000;

export class PartitionLog {
  readonly id: string;
  readonly #retention: Retention;
  readonly #now: () => number;
  /** Undefined: nothing is kept over a restart. */
  readonly #journal: PartitionJournal | undefined;
  #segments: LogSegment[] = [];
  #begin = 0;
  #next = 0;
  #nextOffset = 0;
  #lastOffset = -1;
  #lastEnqueuedAtMs = NEVER_MS;
  #waiting = new Set<() => void>();

  /** Begins with what the journal holds. */
  constructor(id: string, retention: Retention, now: () => number, journal?: PartitionJournal) {
    this.id = id;
    this.#retention = retention;
    this.#now = now;
    this.#journal = journal;
    for (const { firstSequenceNumber, records } of journal?.read() ?? []) {
      this.#restore(firstSequenceNumber, records);
    }
  }

  /** The oldest retained event; the last one's number when all have expired, -1 when there never was one. */
  get beginSequenceNumber(): number {
    this.#expireOld();
    return this.#begin < this.#next ? this.#begin : this.#next - 1;
  }

  get lastSequenceNumber(): number {
    return this.#next - 1;
  }

  /** The sequence number the next event will get. */
  get nextSequenceNumber(): number {
    return this.#next;
  }

  /** The last event's offset, -1 when there never was one. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  get lastEnqueuedAtMs(): number {
    return this.#lastEnqueuedAtMs;
  }

  get isEmpty(): boolean {
    this.#expireOld();
    return this.#begin === this.#next;
  }

  get eventCount(): number {
    this.#expireOld();
    return this.#next - this.#begin;
  }

  /** Bytes of retained records. */
  get byteCount(): number {
    const first = this.#segments[0];
    if (first === undefined || this.#begin === this.#next) return 0;
    return this.#nextOffset - first.offsetOf(this.#begin - first.firstSequenceNumber);
  }

  /** Throws the journal's error when the event cannot be kept: then it was not appended. */
  append(record: LogRecord): Position {
    const position: Position = {
      sequenceNumber: this.#next,
      offset: this.#nextOffset,
      // A clock that was set back, perhaps while nothing ran, must not put events out of order.
      enqueuedAtMs: Math.max(this.#now(), this.#lastEnqueuedAtMs),
    };
    const segment = this.#segmentFor(record.maxBytes);
    const length = segment.append(record, position);
    this.#keep(segment, position, record.headerBytes);
    this.#moveOn(position, length);
    this.#expireOld();
    for (const wake of this.#waiting) wake();
    return position;
  }

  /** Calls `wake` at each append until the returned function is called. */
  onAppend(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** The record to read at `sequenceNumber`: the next retained one, undefined at the end. */
  at(sequenceNumber: number): StoredRecord | undefined {
    const wanted = Math.max(sequenceNumber, this.#begin);
    if (wanted >= this.#next) return undefined;
    const segment = this.#segments[this.#segmentIndex((s) => s.firstSequenceNumber <= wanted)];
    if (segment === undefined) return undefined;
    return { segment, index: wanted - segment.firstSequenceNumber };
  }

  /** The first sequence number whose offset is at or above `offset`. */
  firstAtOffset(offset: number): number {
    return this.#search((segment, index) => segment.offsetOf(index) >= offset);
  }

  /** The first sequence number that was enqueued at or after `ms`. */
  firstAtTime(ms: number): number {
    return this.#search((segment, index) => segment.enqueuedAtMs(index) >= ms);
  }

  /** Forgets every event below `sequenceNumber`, as retention would. Returns how many. */
  expire(sequenceNumber: number): number {
    const before = this.#begin;
    this.#drop(sequenceNumber);
    const last = this.#segments.at(-1);
    if (this.#begin > before && last !== undefined) {
      this.#journal?.expire(last.firstSequenceNumber, this.#begin);
    }
    return this.#begin - before;
  }

  #drop(sequenceNumber: number): void {
    this.#begin = Math.min(Math.max(sequenceNumber, this.#begin), this.#next);
    const before = this.#segments.length;
    while (this.#segments.length > 1 && (this.#segments[1]?.firstSequenceNumber ?? Infinity) <= this.#begin) {
      this.#segments.shift();
    }
    const first = this.#segments[0];
    if (this.#segments.length < before && first !== undefined) {
      this.#journal?.dropBefore(first.firstSequenceNumber);
    }
  }

  #keep(segment: LogSegment, position: Position, headerBytes: number): void {
    if (this.#journal === undefined) return;
    const bytes = segment.bytes.subarray(segment.start(segment.count - 1), segment.start(segment.count));
    try {
      this.#journal.append(segment.firstSequenceNumber, position, headerBytes, bytes);
    } catch (error) {
      segment.removeLast();
      throw error;
    }
  }

  #moveOn(position: Position, length: number): void {
    this.#next = position.sequenceNumber + 1;
    this.#nextOffset = position.offset + length;
    this.#lastOffset = position.offset;
    this.#lastEnqueuedAtMs = position.enqueuedAtMs;
  }

  /** Puts a journal's file back as the segment it was; its last one has room for more. */
  #restore(firstSequenceNumber: number, records: readonly JournalRecord[]): void {
    const events = records.filter((record): record is EventRecord => record.kind === 'event');
    const [first] = events;
    if (first === undefined) return;
    if (this.#segments.length === 0) this.#begin = this.#next = firstSequenceNumber;
    const isGapless = events.every(({ position }, index) => position.sequenceNumber === this.#next + index);
    if (!isGapless) {
      const from = String(this.#next);
      throw new DataFolderError(
        `partition ${this.id}: events from ${from} on are missing in the data directory`,
      );
    }
    const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
    const previous = this.#segments.at(-1);
    const segment = LogSegment.after(previous, firstSequenceNumber, first.position.offset, bytes);
    this.#segments.push(segment);
    for (const { position, headerBytes, bytes } of events) {
      const write = (target: Buffer, at: number): number => at + bytes.copy(target, at);
      this.#moveOn(position, segment.append({ maxBytes: bytes.length, headerBytes, write }, position));
    }
    for (const record of records) {
      if (record.kind === 'expiry') this.#begin = Math.max(this.#begin, record.beginSequenceNumber);
    }
  }

  #expireOld(): void {
    const oldest = this.#now() - this.#retention.maxAgeMs;
    let begin = this.#begin;
    for (const segment of this.#segments) {
      const bytesBehind = (index: number): number => this.#nextOffset - segment.offsetOf(index);
      let index = begin - segment.firstSequenceNumber;
      while (
        index < segment.count &&
        (segment.enqueuedAtMs(index) < oldest || bytesBehind(index) > this.#retention.maxBytes)
      ) {
        index += 1;
      }
      begin = segment.firstSequenceNumber + index;
      if (index < segment.count) break;
    }
    if (begin > this.#begin) this.#drop(begin);
  }

  #segmentFor(maxBytes: number): LogSegment {
    const last = this.#segments.at(-1);
    if (last?.hasRoom(maxBytes) === true) return last;
    const segment = LogSegment.after(last, this.#next, this.#nextOffset, maxBytes);
    this.#segments.push(segment);
    return segment;
  }

  /** The first retained sequence number for which `reached` holds; it must be false, then true, along the log. */
  #search(reached: (segment: LogSegment, index: number) => boolean): number {
    const segment = this.#segments[this.#segmentIndex((s) => s.count > 0 && !reached(s, 0))];
    if (segment === undefined) return this.#begin;
    let low = 0;
    let high = segment.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(segment, middle)) high = middle;
      else low = middle + 1;
    }
    return Math.max(this.#begin, segment.firstSequenceNumber + low);
  }

  /** The index of the last segment for which `holds` is true, -1 when none. */
  #segmentIndex(holds: (segment: LogSegment) => boolean): number {
    let low = -1;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const segment = this.#segments[middle];
      if (segment !== undefined && holds(segment)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
