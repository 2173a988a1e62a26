// Cuts what arrives on a connection into protocol headers and whole frames, whatever pieces it comes in. Holds at most one
// frame, and none beyond the size that was negotiated: a size is checked before a byte is kept for it.
// Source: AMQP 1.0 part 2.2 (protocol header), 2.3.1 (frame layout).

import { frameHeadBytes } from '../codec/transfer-frame.ts';
import { WorkerError } from '../engine/errors.ts';

/** Takes [from, to) of `bytes`, one header or frame; `bytes` may hold others as well and is not reused. May throw. */
export type FrameTaker = (bytes: Buffer, from: number, to: number) => void;

/** "AMQP" read as a size: larger than any frame may be, so that a header can be told from a frame at any time. */
const headerStart = 0x414d5150;
const headerBytes = 8;

export class FrameReader {
  readonly #maxFrameBytes: number;
  readonly #take: FrameTaker;
  /** The frame that is not complete: `#held` has room for `#needed` bytes, `#heldBytes` of them are there. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  #needed = 0;
  #isBegun = false;

  constructor(maxFrameBytes: number, take: FrameTaker) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#take = take;
  }

  /** Throws WorkerError EHW_CONNECTION_PROTOCOL for what is no AMQP; the reader is of no more use then. */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#held !== undefined) at = this.#fill(this.#held, chunk, at);
    while (chunk.length - at >= frameHeadBytes) {
      const end = at + this.#sizeAt(chunk, at);
      if (end > chunk.length) break;
      this.#take(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#hold(chunk, at);
  }

  /** Keeps the head first, whose size tells how much room the rest needs. */
  #hold(chunk: Buffer, at: number): void {
    const left = chunk.length - at;
    this.#needed = left < frameHeadBytes ? frameHeadBytes : this.#sizeAt(chunk, at);
    this.#held = Buffer.allocUnsafeSlow(this.#needed);
    this.#heldBytes = chunk.copy(this.#held, 0, at);
    this.#checkBeginning(this.#held);
  }

  /** Takes what is missing from the chunk; gives the position behind it. */
  #fill(held: Buffer, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#needed - this.#heldBytes);
    chunk.copy(held, this.#heldBytes, at, end);
    this.#heldBytes += end - at;
    this.#checkBeginning(held);
    if (this.#heldBytes < this.#needed) return end;
    const size = this.#sizeAt(held, 0);
    if (size === this.#needed) {
      this.#held = undefined;
      this.#take(held, 0, size);
    } else {
      this.#needed = size;
      this.#held = Buffer.allocUnsafeSlow(size);
      held.copy(this.#held);
    }
    return end;
  }

  /** The size of the header or frame whose first eight bytes are at `at`. */
  #sizeAt(bytes: Buffer, at: number): number {
    const size = bytes.readUInt32BE(at);
    if (size === headerStart) {
      this.#isBegun = true;
      return headerBytes;
    }
    if (!this.#isBegun) throw notAmqp(bytes.subarray(at, at + headerBytes));
    if (size < frameHeadBytes) throw broken(`a frame of ${size} bytes`);
    if (size > this.#maxFrameBytes) {
      throw broken(`a frame of ${size} bytes where at most ${this.#maxFrameBytes} were agreed`);
    }
    const dataOffset = bytes.readUInt8(at + 4);
    if (dataOffset < 2 || dataOffset * 4 > size) throw broken(`a frame with the data offset ${dataOffset}`);
    return size;
  }

  /** A peer that speaks something else may wait for an answer after less than a header. */
  #checkBeginning(held: Buffer): void {
    if (this.#isBegun) return;
    for (let index = 0; index < Math.min(this.#heldBytes, 4); index += 1) {
      if (held[index] !== ((headerStart >>> (24 - 8 * index)) & 0xff)) {
        throw notAmqp(held.subarray(0, this.#heldBytes));
      }
    }
  }
}

function notAmqp(start: Buffer): WorkerError {
  return broken(`no AMQP, but ${JSON.stringify(start.toString('latin1'))} (${start.toString('hex')})`);
}

function broken(what: string): WorkerError {
  return new WorkerError('EHW_CONNECTION_PROTOCOL', { reason: `it sent ${what}` });
}
