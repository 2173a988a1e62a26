// Reads one socket of a connection before rhea does: the transfers of the links that are registered here are taken, everything
// else (attach, detach, flow, SASL, replies) is handed on frame by frame.

import { TransferFrame } from '../codec/transfer-frame.ts';
import { asProtocolError, DecodeGuard } from './decode-guard.ts';
import { EventSlab } from './event-slab.ts';
import { FrameReader } from './frame-reader.ts';
import { LinkTransfers } from './link-transfers.ts';
import type { Arrivals } from './link-transfers.ts';
import type { ReceivingLink } from './rhea-connection.ts';

export class TransferReader {
  readonly #frames: FrameReader;
  readonly #handOn: (frame: Buffer) => void;
  readonly #links = new Map<number, LinkTransfers>();
  /** Links of which something was taken in this read. */
  #touched: LinkTransfers[] = [];
  readonly #frame = new TransferFrame();
  readonly #guard = new DecodeGuard();
  readonly #slab = new EventSlab();
  /** Whose transfer came last: nearly always whose comes next. */
  #last: LinkTransfers | undefined;

  /** `handOn` takes one protocol header or whole frame that is not ours; it may throw. */
  constructor(maxFrameBytes: number, handOn: (frame: Buffer) => void) {
    this.#handOn = handOn;
    this.#frames = new FrameReader(maxFrameBytes, (bytes, from, to) => this.#take(bytes, from, to));
  }

  /** From here on the link's transfers are taken; a link that had its handle before is forgotten. */
  register(link: ReceivingLink, arrivals: Arrivals, lastSequenceNumber: number): LinkTransfers {
    const transfers = new LinkTransfers(link, this.#slab, arrivals, lastSequenceNumber);
    this.#links.set(keyOf(link.channel, link.handle), transfers);
    this.#last = undefined;
    return transfers;
  }

  /** The link is closed. Its handle may belong to another one already. */
  forget(transfers: LinkTransfers): void {
    const key = keyOf(transfers.link.channel, transfers.link.handle);
    if (this.#links.get(key) === transfers) this.#links.delete(key);
    this.#last = undefined;
  }

  /** Throws WorkerError EHW_CONNECTION_PROTOCOL or EHW_MESSAGE_UNDECODABLE, or what `handOn` threw: the connection is of no more use then. */
  read(chunk: Buffer): void {
    try {
      this.#frames.read(chunk);
    } catch (error) {
      throw asProtocolError(error);
    } finally {
      // Also before an error is told: what came in front of a broken frame came whole.
      const touched = this.#touched;
      if (touched.length > 0) this.#touched = [];
      for (const transfers of touched) transfers.flush();
    }
  }

  #take(bytes: Buffer, from: number, to: number): void {
    if (isHeader(bytes, from)) return this.#handOn(bytes.subarray(from, to));
    const frame = this.#frame;
    if (!frame.read(bytes, from, to)) {
      this.#guard.checkPerformative(bytes, from, to);
      return this.#handOn(bytes.subarray(from, to));
    }
    const transfers = this.#find(frame);
    if (transfers?.link.isOpen === true) {
      if (!transfers.isTouched) this.#touched.push(transfers);
      transfers.take(frame, bytes, to);
      return;
    }
    this.#guard.checkPerformative(bytes, from, to);
    this.#guard.checkTransfer(keyOf(frame.channel, frame.handle), frame, bytes, to);
    this.#handOn(bytes.subarray(from, to));
  }

  #find({ channel, handle }: TransferFrame): LinkTransfers | undefined {
    const last = this.#last;
    if (last?.link.handle === handle && last.link.channel === channel) return last;
    this.#last = this.#links.get(keyOf(channel, handle));
    return this.#last;
  }
}

/** Channels have 16 bits and handles 32: one number holds both exactly. */
function keyOf(channel: number, handle: number): number {
  return channel * 0x1_0000_0000 + handle;
}

function isHeader(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x41 && bytes[at + 1] === 0x4d && bytes[at + 2] === 0x51 && bytes[at + 3] === 0x50;
}
