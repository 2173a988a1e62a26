/**
 * One partition's events on disk: a file for each segment of its log, named by the first sequence number in it.
 *
 * An event is handed to the system before append() returns, and only then is its publisher told that it is accepted: a killed
 * process loses nothing. Only the machine's own end may cost the last events, which were not yet on the disk; what is torn
 * at the end of the last file is cut off at the next start. Damage anywhere else is told, never skipped.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Position } from '../log/log-record.ts';
import { DataFolderError } from './data-folder-error.ts';
import { HEAD_BYTES, eventHead, expiry, readRecord } from './journal-record.ts';
import type { JournalRecord } from './journal-record.ts';

/** The records of one file. */
export interface JournalFile {
  readonly path: string;
  readonly firstSequenceNumber: number;
  readonly records: readonly JournalRecord[];
}

interface OpenFile {
  readonly firstSequenceNumber: number;
  readonly descriptor: number;
  /** Where the last whole record ends. What a failed write left behind it is overwritten. */
  bytes: number;
}

export class PartitionJournal {
  readonly #folder: string;
  /** First sequence numbers of the files, in order. */
  #files: number[];
  #open: OpenFile | undefined;
  /** How much of the last file is sound; known once it was read. */
  #lastBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#files = readdirSync(folder)
      .map((name) => /^(\d{16})\.log$/.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** Reads the files in order, before anything is appended. Throws DataFolderError when one is damaged elsewhere than at the very end. */
  *read(): Generator<JournalFile> {
    for (const first of this.#files) yield this.#readFile(first, first === this.#files.at(-1));
  }

  /** Appends to the file of a segment. Throws the system's error (ENOSPC, EIO): then nothing was appended. */
  append(segmentFirst: number, position: Position, headerBytes: number, bytes: Buffer): void {
    this.#write(segmentFirst, [eventHead(position, headerBytes, bytes), bytes]);
  }

  /** Remembers that all events below a sequence number are gone before their time. */
  expire(segmentFirst: number, beginSequenceNumber: number): void {
    this.#write(segmentFirst, [expiry(beginSequenceNumber)]);
  }

  /** Deletes the files of all segments before this one. */
  dropBefore(segmentFirst: number): void {
    for (const first of this.#files.filter((file) => file < segmentFirst)) {
      if (this.#open?.firstSequenceNumber === first) this.#close();
      rmSync(this.#path(first), { force: true });
    }
    this.#files = this.#files.filter((file) => file >= segmentFirst);
  }

  /** Everything is on the disk itself when this returns. */
  close(): void {
    this.#close();
  }

  #write(segmentFirst: number, parts: readonly Buffer[]): void {
    const file = this.#fileOf(segmentFirst);
    const wanted = parts.reduce((sum, part) => sum + part.length, 0);
    const written = writevSync(file.descriptor, parts, file.bytes);
    if (written < wanted) throw new DataFolderError(`${this.#path(segmentFirst)}: the disk is full`);
    file.bytes += wanted;
  }

  #fileOf(segmentFirst: number): OpenFile {
    if (this.#open?.firstSequenceNumber === segmentFirst) return this.#open;
    this.#close();
    const isNew = this.#files.at(-1) !== segmentFirst;
    const descriptor = openSync(this.#path(segmentFirst), isNew ? 'w' : 'r+');
    const bytes = isNew ? 0 : this.#lastBytes;
    if (isNew) this.#files.push(segmentFirst);
    this.#open = { firstSequenceNumber: segmentFirst, descriptor, bytes };
    return this.#open;
  }

  #close(): void {
    if (this.#open === undefined) return;
    const { descriptor, bytes } = this.#open;
    this.#open = undefined;
    ftruncateSync(descriptor, bytes);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }

  #readFile(first: number, isLast: boolean): JournalFile {
    const path = this.#path(first);
    const file = readFileSync(path);
    const records: JournalRecord[] = [];
    const end = readSound(file, records);
    if (end < file.length) {
      if (!isLast || hasSoundBehind(file, end)) {
        throw new DataFolderError(
          `${path} is damaged at byte ${String(end)}: move the data directory away, or delete it`,
        );
      }
      truncateSync(path, end);
    }
    this.#lastBytes = end;
    return { path, firstSequenceNumber: first, records };
  }

  #path(first: number): string {
    return join(this.#folder, `${String(first).padStart(16, '0')}.log`);
  }
}

/** Reads records until there is no sound one, and returns where that is. */
function readSound(file: Buffer, records: JournalRecord[]): number {
  let at = 0;
  for (let read = readRecord(file, at); read !== undefined; read = readRecord(file, at)) {
    records.push(read.record);
    at = read.next;
  }
  return at;
}

/** A torn end has nothing whole behind it; damage in the middle has. */
function hasSoundBehind(file: Buffer, from: number): boolean {
  for (let at = from + 1; at + HEAD_BYTES <= file.length; at += 1) {
    if (readRecord(file, at) !== undefined) return true;
  }
  return false;
}
