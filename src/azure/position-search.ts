// The position of an event whose annotations cannot be walked: the broker's names are searched for as bytes, each followed by
// its value. A sender may have written the same bytes, so of several the one that follows the event before it counts.

import { BrokerPosition } from '../codec/broker-position.ts';
import { CodecError } from '../codec/codec-error.ts';
import { skipValue } from '../codec/skip-value.ts';

const sequenceNumberName = nameOf('x-opt-sequence-number');
const offsetName = nameOf('x-opt-offset');
const enqueuedTimeName = nameOf('x-opt-enqueued-time');
const partitionKeyName = nameOf('x-opt-partition-key');
/** What the broker writes lies before what the sender wrote, so a position further behind is nobody's. */
const maxCandidates = 64;
/** Further on than gaps of a log reach: such a number was not written by the broker. */
const maxGap = 1_000_000_000;

/**
 * What can be found in [from, to); undefined without a sequence number that may follow `lastSequenceNumber` (-1: not known).
 */
export function searchPosition(
  bytes: Buffer,
  from: number,
  to: number,
  lastSequenceNumber: number,
): BrokerPosition | undefined {
  let best: BrokerPosition | undefined;
  let candidates = 0;
  for (const at of placesOf(sequenceNumberName, bytes, from, to)) {
    if ((candidates += 1) > maxCandidates) break;
    const position = read(bytes, at, to, sequenceNumberName);
    const number = position?.sequenceNumber;
    if (position === undefined || number === undefined || number <= lastSequenceNumber) continue;
    if (lastSequenceNumber >= 0 && number - lastSequenceNumber > maxGap) continue;
    if (best?.sequenceNumber === undefined || number < best.sequenceNumber) best = position;
    // Without a predecessor the first one is the broker's, whose annotations come before the sender's sections.
    if (lastSequenceNumber < 0) break;
  }
  if (best === undefined) return undefined;
  best.offset = first(offsetName, bytes, from, to)?.offset;
  best.enqueuedAtMs = first(enqueuedTimeName, bytes, from, to)?.enqueuedAtMs;
  best.partitionKey = first(partitionKeyName, bytes, from, to)?.partitionKey;
  return best;
}

function first(name: Buffer, bytes: Buffer, from: number, to: number): BrokerPosition | undefined {
  for (const at of placesOf(name, bytes, from, to)) return read(bytes, at, to, name);
  return undefined;
}

function* placesOf(name: Buffer, bytes: Buffer, from: number, to: number): Generator<number> {
  for (let at = bytes.indexOf(name, from); at !== -1 && at < to; at = bytes.indexOf(name, at + 1)) yield at;
}

/** Reads the name at `at` and the value behind it as a map of one entry. */
function read(bytes: Buffer, at: number, to: number, name: Buffer): BrokerPosition | undefined {
  const value = at + name.length;
  try {
    const end = skipValue(bytes, value, to);
    if (end - at > 250) return undefined;
    const entry = Buffer.concat([Buffer.from([0xc1, end - at + 1, 2]), bytes.subarray(at, end)]);
    const position = new BrokerPosition();
    position.read(entry, 0, entry.length);
    return position;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** A name as the broker writes it: a symbol of up to 255 bytes. */
function nameOf(symbol: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, symbol.length]), Buffer.from(symbol, 'latin1')]);
}
