/**
 * One record of a journal file: a length, a CRC-32 of everything behind it, and what is needed to append the event again.
 *
 *   0  u32  bytes behind the checksum        9  f64  sequence number      33  u32  bytes of the message's header section
 *   4  u32  CRC-32 of them                  17  f64  offset               37       the encoded event
 *   8  u8   kind: 0 event, 1 expiry         25  f64  enqueued at, ms
 *
 * An expiry has no bytes: its sequence number is the first that is still there.
 */
import { crc32 } from 'node:zlib';
import type { Position } from '../log/log-record.ts';

export interface EventRecord {
  readonly kind: 'event';
  readonly position: Position;
  readonly headerBytes: number;
  readonly bytes: Buffer;
}

export interface ExpiryRecord {
  readonly kind: 'expiry';
  readonly beginSequenceNumber: number;
}

export type JournalRecord = EventRecord | ExpiryRecord;

const FRAME_BYTES = 8;
export const HEAD_BYTES = 37;

/** More than any message the broker takes: a length above it is no length. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

/** What goes in front of an event's bytes. */
export function eventHead(position: Position, headerBytes: number, bytes: Buffer): Buffer {
  return head(0, position, headerBytes, bytes);
}

export function expiry(beginSequenceNumber: number): Buffer {
  const position = { sequenceNumber: beginSequenceNumber, offset: 0, enqueuedAtMs: 0 };
  return head(1, position, 0, Buffer.alloc(0));
}

/** The record at a position and where the next one starts; undefined when there is no whole and sound one. */
export function readRecord(
  file: Buffer,
  at: number,
): { readonly record: JournalRecord; readonly next: number } | undefined {
  if (at + HEAD_BYTES > file.length) return undefined;
  const length = file.readUInt32BE(at);
  const next = at + FRAME_BYTES + length;
  if (length < HEAD_BYTES - FRAME_BYTES || length > MAX_RECORD_BYTES || next > file.length) return undefined;
  if (crc32(file.subarray(at + FRAME_BYTES, next)) !== file.readUInt32BE(at + 4)) return undefined;
  const sequenceNumber = file.readDoubleBE(at + 9);
  if (file.readUInt8(at + 8) === 1) {
    return { record: { kind: 'expiry', beginSequenceNumber: sequenceNumber }, next };
  }
  const position = {
    sequenceNumber,
    offset: file.readDoubleBE(at + 17),
    enqueuedAtMs: file.readDoubleBE(at + 25),
  };
  const headerBytes = file.readUInt32BE(at + 33);
  const bytes = file.subarray(at + HEAD_BYTES, next);
  return { record: { kind: 'event', position, headerBytes, bytes }, next };
}

function head(kind: number, position: Position, headerBytes: number, bytes: Buffer): Buffer {
  const buffer = Buffer.allocUnsafe(HEAD_BYTES);
  buffer.writeUInt32BE(HEAD_BYTES - FRAME_BYTES + bytes.length, 0);
  buffer.writeUInt8(kind, 8);
  buffer.writeDoubleBE(position.sequenceNumber, 9);
  buffer.writeDoubleBE(position.offset, 17);
  buffer.writeDoubleBE(position.enqueuedAtMs, 25);
  buffer.writeUInt32BE(headerBytes, 33);
  buffer.writeUInt32BE(crc32(bytes, crc32(buffer.subarray(FRAME_BYTES))), 4);
  return buffer;
}
