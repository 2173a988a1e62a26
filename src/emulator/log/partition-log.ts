/**
 * One partition's events: an append-only log of encoded records with sequence numbers, offsets, enqueued times and
 * retention. Records are opaque bytes here; amqp/event-encoding.ts knows what is in them.
 * A record may be erased (compaction, the markers of a Kafka transaction): its sequence number is a gap.
 *
 * Invariant: record n of a segment occupies [starts[n], starts[n + 1]) of its bytes and never moves, so a reader may
 * copy from it at any later time while it holds the segment.
 */
import type { JournalFile, PartitionJournal } from '../journal/partition-journal.ts';
import { MARKER } from './log-record.ts';
import type { LogRecord, Position } from './log-record.ts';
import { LogSegment } from './log-segment.ts';
import { offsetText } from './offset.ts';
import { restoredSegment } from './restored-segment.ts';
import { ReplicationSegments } from './replication-segments.ts';
import type { Replication } from './replication-segments.ts';
import { firstRetained } from './retention.ts';
import type { Retention } from './retention.ts';
import { SegmentList } from './segment-list.ts';
import type { StoredRecord } from './segment-list.ts';

const NOT_REPLICATED: Replication = { segment: undefined, tellsNumericLastOffset: false };

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
    for (const file of journal?.read() ?? []) this.#restore(file);
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

  /** The same as clients are told it. */
  get lastOffsetText(): string {
    const { segment, tellsNumericLastOffset } = this.#replication;
    if (segment === undefined || tellsNumericLastOffset) return String(this.#lastOffset);
    return offsetText({
      sequenceNumber: this.#next - 1,
      offset: this.#lastOffset,
      enqueuedAtMs: this.#lastEnqueuedAtMs,
      // Events from before the replication have numeric offsets.
      replicationSegment: this.#next === 0 ? segment : this.#replicated.last,
    });
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

  /** The current one; undefined: the log is not replicated. */
  get replicationSegment(): number | undefined {
    return this.#replication.segment;
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

  #restore(file: JournalFile): void {
    const isFirst = this.#segments.first === undefined;
    const restored = restoredSegment(file, this.#segments.last, isFirst ? undefined : this.#next);
    if (restored === undefined) return;
    const { segment, last, beginSequenceNumber } = restored;
    this.#segments.push(segment);
    this.#moveOn(last.position, last.bytes.length);
    if (isFirst || beginSequenceNumber > segment.firstSequenceNumber) this.#begin = beginSequenceNumber;
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
