/**
 * Writes transfer frames (AMQP 1.0 part 2.7.5) into one buffer, which goes to the socket in one write per turn. Going
 * through rhea's sender costs three to four times as much per event (README.md, Throughput).
 */

/** What a turn may hold; a single larger event still goes out, alone. */
const TURN_BYTES = 256 * 1024;

/** Frame header 8, descriptor 3, list head 3, handle 5, id 5, tag 6, format 1, settled 1, more 1, five nulls. */
const FRAME_HEAD_BYTES = 38;

export interface Delivery {
  readonly channel: number;
  readonly handle: number;
  readonly deliveryId: number;
  readonly settled: boolean;
}

/** A piece of a delivery's payload: bytes of `source` from `start` to `end`. */
export interface Piece {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

export class FrameBuffer {
  #bytes = Buffer.allocUnsafeSlow(TURN_BYTES);
  #length = 0;
  readonly #maxFrameBytes: number;

  /** `maxFrameBytes`: the smaller of the two peers' max-frame-size. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** How many frames a payload of so many bytes takes. */
  framesFor(payloadBytes: number): number {
    return Math.max(1, Math.ceil(payloadBytes / (this.#maxFrameBytes - FRAME_HEAD_BYTES)));
  }

  /** False when the turn is full: send it first. A payload too large for any turn gets a buffer that holds it. */
  reserve(payloadBytes: number): boolean {
    const needed = payloadBytes + this.framesFor(payloadBytes) * FRAME_HEAD_BYTES;
    if (this.#length + needed <= this.#bytes.length) return true;
    if (this.#length > 0) return false;
    this.#bytes = Buffer.allocUnsafeSlow(needed);
    return true;
  }

  /** Writes one delivery; reserve() its bytes before. Returns the number of frames. */
  deliver(delivery: Delivery, pieces: readonly Piece[]): number {
    const roomBytes = this.#maxFrameBytes - FRAME_HEAD_BYTES;
    let left = 0;
    for (const piece of pieces) left += piece.end - piece.start;
    let frames = 0;
    let pieceIndex = 0;
    let from = pieces[0]?.start ?? 0;
    do {
      let room = Math.min(left, roomBytes);
      left -= room;
      const frameStart = this.#length;
      let at = this.#writeHead(frameStart, delivery, left > 0);
      while (room > 0) {
        const piece = pieces[pieceIndex];
        if (piece === undefined) throw new RangeError('a delivery is shorter than its pieces');
        const end = Math.min(piece.end, from + room);
        piece.source.copy(this.#bytes, at, from, end);
        at += end - from;
        room -= end - from;
        from = end;
        if (from === piece.end) from = pieces[++pieceIndex]?.start ?? 0;
      }
      this.#bytes.writeUInt32BE(at - frameStart, frameStart);
      this.#length = at;
      frames += 1;
    } while (left > 0);
    return frames;
  }

  /** Writes what is no frame, for tests of readers; reserve() room before. A huge one leaves nothing behind it readable. */
  spoil(how: 'malformed-frame' | 'huge-frame', channel: number): void {
    const bytes = Buffer.alloc(16, 0x5f);
    bytes.writeUInt32BE(how === 'huge-frame' ? 0x7fffffff : bytes.length, 0);
    bytes.writeUInt16BE(0x0200, 4);
    bytes.writeUInt16BE(channel, 6);
    this.#length += bytes.copy(this.#bytes, this.#length);
  }

  /** The frames written so far, as bytes of their own; the buffer starts again. */
  take(): Buffer {
    const frames = this.#bytes.subarray(0, this.#length);
    // Little of it is copied out; much of it goes as it stands, and new memory takes its place: that costs no copy.
    const isLittle = this.#length * 2 < this.#bytes.length;
    this.#length = 0;
    if (isLittle) return Buffer.from(frames);
    this.#bytes = Buffer.allocUnsafeSlow(TURN_BYTES);
    return frames;
  }

  #writeHead(start: number, delivery: Delivery, more: boolean): number {
    const bytes = this.#bytes;
    bytes[start + 4] = 2;
    bytes[start + 5] = 0;
    bytes.writeUInt16BE(delivery.channel, start + 6);
    bytes[start + 8] = 0x00;
    bytes[start + 9] = 0x53;
    bytes[start + 10] = 0x14;
    bytes[start + 11] = 0xc0;
    bytes[start + 13] = 11;
    let at = start + 14;
    bytes[at++] = 0x70;
    at = bytes.writeUInt32BE(delivery.handle, at);
    bytes[at++] = 0x70;
    at = bytes.writeUInt32BE(delivery.deliveryId, at);
    bytes[at++] = 0xa0;
    bytes[at++] = 4;
    at = bytes.writeUInt32BE(delivery.deliveryId, at);
    bytes[at++] = 0x43;
    bytes[at++] = delivery.settled ? 0x41 : 0x42;
    bytes[at++] = more ? 0x41 : 0x42;
    // rcv-settle-mode, state, resume, aborted, batchable: absent, but written (performative.ts says why).
    bytes[at++] = 0x40;
    bytes[at++] = 0x40;
    bytes[at++] = 0x40;
    bytes[at++] = 0x40;
    bytes[at++] = 0x40;
    bytes[start + 12] = at - start - 13;
    return at;
  }
}
