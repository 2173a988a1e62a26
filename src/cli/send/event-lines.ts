// Events from a file of one JSON text per line, read as a stream: a file of any size takes the memory of one chunk and one line.

import { createReadStream } from 'node:fs';
import { WorkerError } from '../../engine/errors.ts';

export interface Line {
  /** 1 for the first. */
  readonly number: number;
  /** Without its end; undefined when the line is longer than an event can be, and was skipped. */
  readonly bytes: Buffer | undefined;
  /** Bytes of the file up to the end of this line. */
  readonly readBytes: number;
}

/** Larger than the largest event any tier of Event Hubs takes. */
export const maxLineBytes = 20 * 1024 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Empty lines are left out. Throws EHW_BAD_USAGE when the file cannot be read. `-` is standard input. */
export async function* readLines(path: string, signal: AbortSignal): AsyncGenerator<Line> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  const splitter = new LineSplitter();
  try {
    for await (const chunk of stream) {
      if (signal.aborted) return;
      yield* splitter.push(Buffer.from(chunk));
      if (signal.aborted) return;
    }
    yield* splitter.end();
  } catch (thrown) {
    throw new WorkerError(
      'EHW_BAD_USAGE',
      {
        reason: `--file ${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      },
      { cause: thrown },
    );
  } finally {
    stream.destroy();
  }
}

/** Cuts chunks into lines; a line that grows too long is skipped to its end. */
export class LineSplitter {
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #isTooLong = false;
  #number = 0;
  #readBytes = 0;

  constructor(limitBytes = maxLineBytes) {
    this.#limitBytes = limitBytes;
  }

  *push(chunk: Buffer): Generator<Line> {
    let begin = 0;
    for (;;) {
      const at = chunk.indexOf(newline, begin);
      if (at < 0) break;
      this.#keep(chunk.subarray(begin, at));
      this.#readBytes += at + 1 - begin;
      begin = at + 1;
      yield* this.#finish();
    }
    this.#keep(chunk.subarray(begin));
    this.#readBytes += chunk.byteLength - begin;
  }

  /** The last line need not end with a newline. */
  *end(): Generator<Line> {
    if (this.#partBytes > 0 || this.#isTooLong) yield* this.#finish();
  }

  #keep(part: Buffer): void {
    if (this.#isTooLong || part.byteLength === 0) return;
    this.#partBytes += part.byteLength;
    this.#parts.push(part);
    if (this.#partBytes <= this.#limitBytes) return;
    this.#isTooLong = true;
    this.#parts = [];
  }

  *#finish(): Generator<Line> {
    this.#number += 1;
    const bytes = this.#isTooLong ? undefined : trimmed(Buffer.concat(this.#parts, this.#partBytes));
    this.#parts = [];
    this.#partBytes = 0;
    this.#isTooLong = false;
    if (bytes?.byteLength === 0) return;
    yield { number: this.#number, bytes, readBytes: this.#readBytes };
  }
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}
