/** A run of records in one buffer. Packing them keeps a million small events from being a million objects. */
import type { Position, LogRecord } from './log-record.ts';

const FIRST_SEGMENT_BYTES = 64 * 1024;
const LARGEST_SEGMENT_BYTES = 4 * 1024 * 1024;

export class LogSegment {
  readonly bytes: Buffer;
  readonly firstSequenceNumber: number;
  readonly #firstOffset: number;
  readonly #starts: number[] = [0];
  readonly #headerBytes: number[] = [];
  readonly #enqueuedAtMs: number[] = [];
  /** Records that are there and are never read. */
  readonly #erased = new Set<number>();

  constructor(capacityBytes: number, firstSequenceNumber: number, firstOffset: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.firstSequenceNumber = firstSequenceNumber;
    this.#firstOffset = firstOffset;
  }

  /** The next segment of a log: twice its predecessor, so that small partitions stay small. */
  static after(
    previous: LogSegment | undefined,
    firstSequenceNumber: number,
    firstOffset: number,
    minBytes: number,
  ): LogSegment {
    const wanted =
      previous === undefined ? FIRST_SEGMENT_BYTES : Math.max(previous.bytes.length * 2, FIRST_SEGMENT_BYTES);
    const capacityBytes = Math.max(Math.min(wanted, LARGEST_SEGMENT_BYTES), minBytes);
    return new LogSegment(capacityBytes, firstSequenceNumber, firstOffset);
  }

  get count(): number {
    return this.#enqueuedAtMs.length;
  }

  hasRoom(maxBytes: number): boolean {
    return this.start(this.count) + maxBytes <= this.bytes.length;
  }

  /** Appends and returns the record's length in bytes. */
  append(record: LogRecord, position: Position): number {
    const start = this.start(this.count);
    const end = record.write(this.bytes, start, position);
    this.#starts.push(end);
    this.#headerBytes.push(record.headerBytes);
    this.#enqueuedAtMs.push(position.enqueuedAtMs);
    return end - start;
  }

  /** Takes the last record out again: it could not be kept. Nobody has seen it, for its position was not yet given out. */
  removeLast(): void {
    this.#starts.pop();
    this.#headerBytes.pop();
    this.#enqueuedAtMs.pop();
  }

  /** Takes the records from `count` on out again; nobody may be reading them. */
  truncate(count: number): void {
    this.#starts.length = count + 1;
    this.#headerBytes.length = count;
    this.#enqueuedAtMs.length = count;
    for (const index of this.#erased) if (index >= count) this.#erased.delete(index);
  }

  /** False when it was erased before. */
  erase(index: number): boolean {
    if (this.#erased.has(index)) return false;
    this.#erased.add(index);
    return true;
  }

  isErased(index: number): boolean {
    return this.#erased.size > 0 && this.#erased.has(index);
  }

  erasedFrom(index: number): number {
    return [...this.#erased].filter((erased) => erased >= index).length;
  }

  /** Where record `index` starts; for index = count, where the next one will. */
  start(index: number): number {
    return this.#starts[index] ?? 0;
  }

  headerBytes(index: number): number {
    return this.#headerBytes[index] ?? 0;
  }

  enqueuedAtMs(index: number): number {
    return this.#enqueuedAtMs[index] ?? 0;
  }

  offsetOf(index: number): number {
    return this.#firstOffset + this.start(index);
  }
}
