// What is left to rhea is decoded here first, with bounds: 13 bytes can make rhea allocate until the process ends, deep nesting
// overflows its stack, and what it cannot decode it drops together with everything behind it (rhea 3.0.5 lib/types.js:675,
// lib/connection.js:588). Only replies and frames without events come this way, so that decoding twice costs nothing.

import { CodecError } from '../codec/codec-error.ts';
import { decodeValue } from '../codec/decode.ts';
import { SectionCursor } from '../codec/section.ts';
import type { TransferFrame } from '../codec/transfer-frame.ts';
import { WorkerError } from '../engine/errors.ts';

/** Replies are small; an event on the SDK's own path may have what the largest tier of the service stores. */
const maxMessageBytes = 32 * 1024 * 1024;
const frameCostBytes = 128;
const plainFormat = 0;

interface Unfinished {
  readonly deliveryId: number;
  readonly parts: Buffer[];
  readonly isPlain: boolean;
  bytes: number;
}

export class DecodeGuard {
  readonly #unfinished = new Map<number, Unfinished>();

  /** Throws CodecError or WorkerError for a performative beyond the codec's limits. */
  checkPerformative(bytes: Buffer, from: number, to: number): void {
    const performative = from + bytes.readUInt8(from + 4) * 4;
    if (performative < to) decodeValue(bytes, performative, to);
  }

  /** The same for the message in a transfer of the link `key`, whose frame ends at `to`: WorkerError EHW_MESSAGE_UNDECODABLE. */
  checkTransfer(key: number, frame: TransferFrame, bytes: Buffer, to: number): void {
    const known = this.#unfinished.get(key);
    // Left behind by a link that had the handle before.
    const isOther = frame.deliveryId !== -1 && frame.deliveryId !== known?.deliveryId;
    const before = isOther ? undefined : known;
    const isPlain = before?.isPlain ?? frame.messageFormat <= plainFormat;
    if (before === undefined && !frame.hasMore) {
      if (isPlain && !frame.isAborted) checkMessage(bytes, frame.payload, to);
      return;
    }
    const message = before ?? { deliveryId: frame.deliveryId, parts: [], isPlain, bytes: 0 };
    message.bytes += to - frame.payload + frameCostBytes;
    if (message.bytes > maxMessageBytes) {
      throw new WorkerError('EHW_CONNECTION_PROTOCOL', {
        reason: `it sent a message of more than ${maxMessageBytes} bytes`,
      });
    }
    if (to > frame.payload) message.parts.push(bytes.subarray(frame.payload, to));
    if (frame.hasMore && !frame.isAborted) {
      this.#unfinished.set(key, message);
      return;
    }
    this.#unfinished.delete(key);
    const whole = Buffer.concat(message.parts);
    if (isPlain && !frame.isAborted) checkMessage(whole, 0, whole.length);
  }
}

function checkMessage(bytes: Buffer, from: number, to: number): void {
  try {
    const sections = new SectionCursor(bytes, from, to);
    while (sections.advance()) decodeValue(bytes, sections.value, sections.next);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkerError('EHW_MESSAGE_UNDECODABLE', { reason: error.message }, { cause: error });
  }
}

/** What a decoder found wrong, as what it is on a connection. */
export function asProtocolError(error: unknown): unknown {
  if (!(error instanceof CodecError)) return error;
  const reason = `it sent a frame that cannot be decoded, ${error.message}`;
  return new WorkerError('EHW_CONNECTION_PROTOCOL', { reason }, { cause: error });
}
