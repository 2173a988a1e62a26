// Whether the last numbers of a partition are ever delivered: pure. Compaction and the markers of Kafka transactions leave
// numbers at the end which no event has; KEDA would count them for ever. A link that says nothing does not prove that nothing
// is there, because it may be dead. So it is opened before the last event that we have: one that delivers that event again and
// then nothing, up to the tail that was read before it was opened, has shown both.
//
// What would break it, and what stands against it: an event taken by the broker after the tail was read (the tail of before
// counts); a connection that breaks behind the delivered event (every fault begins the check anew); a link that we hold back
// ourselves (no check is made then); one that only looks alive (it does not deliver the event again).

import type { Position } from '../event.ts';
import { unknownOffset } from '../event.ts';

/** A second try begins so many numbers further back: the last event itself may be gone by now. */
const furtherBack = 1_000;

export class TailCheck {
  /** The partition's last sequence number before the link was opened. */
  readonly tail: number;
  readonly start: Position | undefined;
  #isRepeated = false;
  #isQuietSince = false;

  constructor(tail: number, start: Position | undefined) {
    this.tail = tail;
    this.start = start;
  }

  /** What was taken in before came again. */
  noteRepeated(): void {
    this.#isRepeated = true;
    this.#isQuietSince = false;
  }

  /** The link had nothing to deliver for as long as it waits. */
  noteHeartbeat(): void {
    this.#isQuietSince = this.#isRepeated;
  }

  /** The link was interrupted: what came before says nothing of what comes after. */
  noteFault(): void {
    this.#isRepeated = false;
    this.#isQuietSince = false;
  }

  /** Nothing lies between the head and the tail. */
  get isProven(): boolean {
    return this.#isQuietSince;
  }
}

/**
 * Where a link begins that is to deliver the last event again; undefined when nothing that we have read can be retained.
 * By sequence number: the offset of the event before is not known.
 */
export function startBeforeHead(
  head: Position,
  beginSequenceNumber: number,
  stepsTaken: number,
): Position | undefined {
  if (head.sequenceNumber < beginSequenceNumber) return undefined;
  const sequenceNumber = stepsTaken === 0 ? head.sequenceNumber : head.sequenceNumber - furtherBack;
  return { sequenceNumber: Math.max(beginSequenceNumber, sequenceNumber) - 1, offset: unknownOffset };
}
