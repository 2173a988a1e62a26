/**
 * What a receiver needs of a frame: its head, and of a transfer its first fields. One object is used for all frames of a
 * connection, so that reading one allocates nothing.
 * Source: AMQP 1.0 part 2.3.1 (frame layout), 2.7.5 (transfer).
 */
import { CodecError } from './codec-error.ts';
import { skipValue, uint32At } from './skip-value.ts';

/** The smallest frame: size, data offset, type and channel. */
export const frameHeadBytes = 8;
const amqpType = 0x00;
const transferCode = 0x14;
const NULL = 0x40;

/** The fields of the last transfer that was read. Absent ones: -1, or false. */
export class TransferFrame {
  channel = 0;
  handle = 0;
  deliveryId = -1;
  messageFormat = -1;
  isSettled = false;
  hasMore = false;
  isAborted = false;
  /** Where the payload begins; it reaches to the end of the frame. */
  payload = 0;

  /**
   * Reads the frame in [from, to), whose size field is known to be right. False for a frame that is no transfer, of which
   * nothing but the channel is read. Throws CodecError for a transfer that is none.
   */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.channel = ((bytes[from + 6] as number) << 8) | (bytes[from + 7] as number);
    const performative = from + (bytes[from + 4] as number) * 4;
    if (bytes[from + 5] !== amqpType || performative >= to) return false;
    const list = listOfTransfer(bytes, performative, to);
    if (list === -1) return false;
    this.#readFields(bytes, list, to);
    return true;
  }

  #readFields(bytes: Uint8Array, list: number, to: number): void {
    const end = skipValue(bytes, list, to);
    let at: number;
    let count: number;
    if (bytes[list] === 0xc0 && end >= list + 3) {
      at = list + 3;
      count = bytes[list + 2] as number;
    } else if (bytes[list] === 0xd0 && end >= list + 9) {
      at = list + 9;
      count = uint32At(bytes, list + 5);
    } else throw new CodecError('a transfer without fields', list);
    this.payload = end;
    this.deliveryId = -1;
    this.messageFormat = -1;
    this.isSettled = this.hasMore = this.isAborted = false;
    for (let field = 0; field < count && field <= 9; field += 1) {
      const next = skipValue(bytes, at, end);
      if (bytes[at] !== NULL) this.#take(field, bytes, at);
      else if (field === 0) throw new CodecError('a transfer without a handle', at);
      at = next;
    }
    if (count === 0) throw new CodecError('a transfer without a handle', list);
  }

  #take(field: number, bytes: Uint8Array, at: number): void {
    switch (field) {
      case 0:
        this.handle = uintAt(bytes, at);
        return;
      case 1:
        this.deliveryId = uintAt(bytes, at);
        return;
      case 3:
        this.messageFormat = uintAt(bytes, at);
        return;
      case 4:
        this.isSettled = booleanAt(bytes, at);
        return;
      case 5:
        this.hasMore = booleanAt(bytes, at);
        return;
      case 9:
        this.isAborted = booleanAt(bytes, at);
        return;
      default:
    }
  }
}

/** Where the list of a transfer begins; -1 when the performative is another one. */
function listOfTransfer(bytes: Uint8Array, at: number, to: number): number {
  if (bytes[at] !== 0x00) return -1;
  // Nearly always a smallulong; the other encodings of a descriptor are legal.
  if (bytes[at + 1] === 0x53 && at + 2 < to) return bytes[at + 2] === transferCode ? at + 3 : -1;
  const list = skipValue(bytes, at + 1, to);
  if (bytes[at + 1] === 0x80) {
    return uint32At(bytes, at + 2) === 0 && uint32At(bytes, at + 6) === transferCode ? list : -1;
  }
  const isSymbol = bytes[at + 1] === 0xa3 || bytes[at + 1] === 0xb3;
  return isSymbol && textOf(bytes, at + 1, list) === 'amqp:transfer:list' ? list : -1;
}

function textOf(bytes: Uint8Array, at: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(at + (bytes[at] === 0xa3 ? 2 : 5), Math.min(end, at + 64)));
}

function uintAt(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0x43:
      return 0;
    case 0x52:
      return bytes[at + 1] as number;
    case 0x70:
      return uint32At(bytes, at + 1);
    default:
      throw new CodecError('a field of a transfer is no uint', at);
  }
}

function booleanAt(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at]) {
    case 0x41:
      return true;
    case 0x42:
      return false;
    case 0x56:
      return bytes[at + 1] === 1;
    default:
      throw new CodecError('a field of a transfer is no boolean', at);
  }
}
