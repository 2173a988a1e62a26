/**
 * One partition's events: an append-only log of encoded records with sequence numbers, offsets, enqueued times and
 * retention. Records are opaque bytes here; amqp/event-encoding.ts knows what is in them.
 * A record may be erased (compaction, the markers of a Kafka transaction): its sequence number is a gap.
 *
 * Invariant: record n of a segment occupies [starts[n], starts[n + 1]) of its bytes and never moves, so a reader may
 * copy from it at any later time while it holds the segment.
 */
import { DataFolderError } from '../journal/data-folder-error.ts';
import type { PartitionJournal } from '../journal/partition-journal.ts';
import type { EventRecord, JournalRecord } from '../journal/journal-record.ts';
import { MARKER } from './log-record.ts';
import type { LogRecord, Position } from './log-record.ts';
import { LogSegment } from './log-segment.ts';
import { ReplicationSegments } from './replication-segments.ts';
import type { Replication } from './replication-segments.ts';
import { firstRetained } from './retention.ts';
import type { Retention } from './retention.ts';
import { SegmentList } from './segment-list.ts';
import type { StoredRecord } from './segment-list.ts';

const NOT_REPLICATED: Replication = { segment: undefined };

/** Azure reports the earliest .NET time for a partition that was never used. */
const NEVER_MS = -62_135_596_800_000;

export class PartitionLog {
  readonly id: string;
  readonly #retention: Retention;
  readonly #now: () => number;
  /** Undefined: nothing is kept over a restart. */
  readonly #journal: PartitionJournal | undefined;
  readonly #segments = new SegmentList();
  #begin = 0;
  #next = 0;
  #nextOffset = 0;
  #lastOffset = -1;
  #lastEnqueuedAtMs = NEVER_MS;
  #waiting = new Set<() => void>();
  readonly #replication: Replication;
  readonly #replicated = new ReplicationSegments();

  /** Begins with what the journal holds. */
  constructor(
    id: string,
    retention: Retention,
    now: () => number,
    journal?: PartitionJournal,
    replication: Replication = NOT_REPLICATED,
  ) {
    this.id = id;
    this.#retention = retention;
    this.#now = now;
    this.#journal = journal;
    this.#replication = replication;
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
    return this.#next - this.#begin - this.#segments.erasedFrom(this.#begin);
  }

  get isReplicated(): boolean {
    return this.#replication.segment !== undefined;
  }

  /** Bytes of retained records. */
  get byteCount(): number {
    const { first } = this.#segments;
    if (first === undefined || this.#begin === this.#next) return 0;
    return this.#nextOffset - first.offsetOf(this.#begin - first.firstSequenceNumber);
  }

  /** Throws the journal's error when the event cannot be kept: then it was not appended. */
  append(record: LogRecord): Position {
    const { segment: replicationSegment } = this.#replication;
    const plain: Position = {
      sequenceNumber: this.#next,
      offset: this.#nextOffset,
      // A clock that was set back, perhaps while nothing ran, must not put events out of order.
      enqueuedAtMs: Math.max(this.#now(), this.#lastEnqueuedAtMs),
    };
    const position = replicationSegment === undefined ? plain : { ...plain, replicationSegment };
    const segment = this.#segmentFor(record.maxBytes);
    const length = segment.append(record, position);
    this.#keep(segment, position, record.headerBytes);
    this.#moveOn(position, length);
    this.#replicated.note(position);
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
    for (let wanted = Math.max(sequenceNumber, this.#begin); wanted < this.#next; wanted += 1) {
      const record = this.#segments.locate(wanted);
      if (record === undefined || !record.segment.isErased(record.index)) return record;
    }
    return undefined;
  }

  /** Every record that can be read, with its sequence number. */
  *records(): Generator<readonly [sequenceNumber: number, record: StoredRecord]> {
    for (let record = this.at(0); record !== undefined;) {
      const sequenceNumber = record.segment.firstSequenceNumber + record.index;
      yield [sequenceNumber, record];
      record = this.at(sequenceNumber + 1);
    }
  }

  /** Leaves a gap. False when there is nothing to erase. Throws TypeError with a journal, which keeps no gaps. */
  erase(sequenceNumber: number): boolean {
    this.#refuseJournal('gaps');
    if (sequenceNumber < this.#begin || sequenceNumber >= this.#next) return false;
    const record = this.#segments.locate(sequenceNumber);
    return record?.segment.erase(record.index) ?? false;
  }

  /** Takes the next sequence number for something that is never delivered. */
  appendMarker(): void {
    this.#refuseJournal('gaps');
    const { sequenceNumber } = this.append(MARKER);
    this.erase(sequenceNumber);
  }

  /**
   * Forgets the newest events, as a promotion does with those that had not been replicated; their sequence numbers are given
   * again. Nobody may be reading. Returns how many. Throws TypeError with a journal.
   */
  loseLast(count: number): number {
    this.#refuseJournal('promotions');
    const end = Math.max(this.#begin, this.#next - count);
    const lost = this.#next - end;
    if (lost === 0) return 0;
    const kept = this.#segments.cutAt(end);
    const { last } = this.#segments;
    this.#next = end;
    this.#nextOffset = last?.offsetOf(kept) ?? 0;
    this.#lastOffset = last !== undefined && kept > 0 ? last.offsetOf(kept - 1) : -1;
    this.#lastEnqueuedAtMs = last !== undefined && kept > 0 ? last.enqueuedAtMs(kept - 1) : NEVER_MS;
    this.#replicated.cutAt(end);
    return lost;
  }

  /**
   * The sequence number behind the last event of a replication segment; that of the next event for the current one.
   * Undefined: there is no such segment here.
   */
  endOfReplicationSegment(segment: number): number | undefined {
    return this.#replicated.endOf(segment, this.#next);
  }

  #refuseJournal(what: string): void {
    if (this.#journal !== undefined) throw new TypeError(`the data directory keeps no ${what}`);
  }

  /** The first sequence number whose offset is at or above `offset`. */
  firstAtOffset(offset: number): number {
    return this.#firstWhere((segment, index) => segment.offsetOf(index) >= offset);
  }

  /** The first sequence number that was enqueued at or after `ms`. */
  firstAtTime(ms: number): number {
    return this.#firstWhere((segment, index) => segment.enqueuedAtMs(index) >= ms);
  }

  /** Forgets every event below `sequenceNumber`, as retention would. Returns how many. */
  expire(sequenceNumber: number): number {
    const before = this.#begin;
    this.#drop(sequenceNumber);
    const { last } = this.#segments;
    if (this.#begin > before && last !== undefined) {
      this.#journal?.expire(last.firstSequenceNumber, this.#begin);
    }
    return this.#begin - before;
  }

  #drop(sequenceNumber: number): void {
    this.#begin = Math.min(Math.max(sequenceNumber, this.#begin), this.#next);
    const isShorter = this.#segments.dropBelow(this.#begin);
    const { first } = this.#segments;
    if (isShorter && first !== undefined) {
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
    if (this.#segments.first === undefined) this.#begin = this.#next = firstSequenceNumber;
    const isGapless = events.every(({ position }, index) => position.sequenceNumber === this.#next + index);
    if (!isGapless) {
      const from = String(this.#next);
      throw new DataFolderError(
        `partition ${this.id}: events from ${from} on are missing in the data directory`,
      );
    }
    const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
    const segment = LogSegment.after(this.#segments.last, firstSequenceNumber, first.position.offset, bytes);
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
    const begin = firstRetained(
      this.#segments.all,
      this.#begin,
      this.#nextOffset,
      this.#retention,
      this.#now(),
    );
    if (begin > this.#begin) this.#drop(begin);
  }

  #segmentFor(maxBytes: number): LogSegment {
    const { last } = this.#segments;
    if (last?.hasRoom(maxBytes) === true) return last;
    const segment = LogSegment.after(last, this.#next, this.#nextOffset, maxBytes);
    this.#segments.push(segment);
    return segment;
  }

  #firstWhere(reached: (segment: LogSegment, index: number) => boolean): number {
    return Math.max(this.#begin, this.#segments.search(reached));
  }
}
