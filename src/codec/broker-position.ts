/**
 * What the broker says about an event in its message annotations, read without decoding the others.
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide: x-opt-sequence-number (long),
 *   x-opt-offset (string), x-opt-enqueued-time (timestamp), x-opt-partition-key (string).
 */
import type { Buffer } from 'node:buffer';
import { MapItems, textOf, textStart } from './names-and-values.ts';
import { isText } from './section.ts';
import { skipValue, uint32At } from './skip-value.ts';

const SEQUENCE_NUMBER = 'x-opt-sequence-number';
const OFFSET = 'x-opt-offset';
const ENQUEUED_TIME = 'x-opt-enqueued-time';
const PARTITION_KEY = 'x-opt-partition-key';

/** The names of the broker's own annotations. */
export const positionNames: ReadonlySet<string> = new Set([
  SEQUENCE_NUMBER,
  OFFSET,
  ENQUEUED_TIME,
  PARTITION_KEY,
]);

/** Each is undefined where it is missing or of another type than the broker's. */
export class BrokerPosition {
  sequenceNumber: number | undefined = undefined;
  offset: string | undefined = undefined;
  enqueuedAtMs: number | undefined = undefined;
  partitionKey: string | undefined = undefined;
  /** Annotations besides these four. */
  others = 0;

  /** [at, end) is the value of the message annotations. Throws CodecError. */
  read(bytes: Buffer, at: number, end: number): void {
    const items = new MapItems(bytes, at, end);
    let position = items.at;
    for (let left = items.count; left > 0; left -= 2) {
      const value = skipValue(bytes, position, end);
      const next = skipValue(bytes, value, end);
      const text = textStart(bytes, position);
      if (text === -1 || !this.#take(bytes, text, value, next)) this.others += 1;
      position = next;
    }
  }

  /** False: it is none of the four. */
  #take(bytes: Buffer, name: number, value: number, next: number): boolean {
    // The first letter behind "x-opt-" tells the four names apart, and most others from them.
    switch (bytes[name + 6]) {
      case 0x73:
        if (!isText(bytes, name, value, SEQUENCE_NUMBER)) return false;
        this.sequenceNumber = integerAt(bytes, value);
        return true;
      case 0x6f:
        if (!isText(bytes, name, value, OFFSET)) return false;
        this.offset = textOf(bytes, value, next);
        return true;
      case 0x65:
        if (!isText(bytes, name, value, ENQUEUED_TIME)) return false;
        if (bytes[value] === 0x83) this.enqueuedAtMs = safe(longAt(bytes, value + 1));
        return true;
      case 0x70:
        if (!isText(bytes, name, value, PARTITION_KEY)) return false;
        this.partitionKey = textOf(bytes, value, next);
        return true;
      default:
        return false;
    }
  }
}

/** A whole number of any signed type; undefined for other values and beyond 2^53. */
function integerAt(bytes: Buffer, at: number): number | undefined {
  switch (bytes[at]) {
    case 0x81:
      return safe(longAt(bytes, at + 1));
    case 0x54:
    case 0x55:
      return bytes.readInt8(at + 1);
    case 0x71:
      return bytes.readInt32BE(at + 1);
    default:
      return undefined;
  }
}

/** Rounded beyond 2^53. Two halves: a BigInt would cost an allocation. */
function longAt(bytes: Buffer, at: number): number {
  return (uint32At(bytes, at) | 0) * 0x1_0000_0000 + uint32At(bytes, at + 4);
}

function safe(number: number): number | undefined {
  return Number.isSafeInteger(number) ? number : undefined;
}
