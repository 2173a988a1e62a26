// How far a partition is finished: the unfinished events as a list in sequence order, intrusive in InFlight.
//
// Each event remembers the position before it, so the watermark is what the oldest unfinished one remembers; nothing is
// kept for finished events, however many lie above a stuck one, and gaps in sequence numbers cost nothing
// (docs/decisions/0002 gives the measurement against a ring bitmap).

import { positionOf } from '../event.ts';
import type { Position, ReceivedEvent } from '../event.ts';
import { InFlight } from './in-flight.ts';

export class Watermark {
  readonly #partitionId: string;
  #oldest: InFlight | undefined;
  #newest: InFlight | undefined;
  #headSequenceNumber: number;
  #headOffset: string;
  #headEnqueuedAtMs: number | undefined;
  #isAnchored: boolean;
  #unfinishedCount = 0;

  /** `isAnchored` false: it is not known yet which event is the next one. */
  constructor(partitionId: string, start: Position, isAnchored = true) {
    this.#partitionId = partitionId;
    this.#headSequenceNumber = start.sequenceNumber;
    this.#headOffset = start.offset;
    this.#headEnqueuedAtMs = start.enqueuedAtMs;
    this.#isAnchored = isAnchored;
  }

  /** Takes an event in. Events come in ascending sequence order. */
  admit(event: ReceivedEvent): InFlight {
    const item = new InFlight(
      this.#partitionId,
      event,
      this.#headSequenceNumber,
      this.#headOffset,
      this.#headEnqueuedAtMs,
    );
    const newest = this.#newest;
    if (newest === undefined) this.#oldest = item;
    else {
      newest.newer = item;
      item.older = newest;
    }
    this.#newest = item;
    this.#unfinishedCount += 1;
    this.pass(event);
    return item;
  }

  /** Whether the next event's predecessor is known: not before the first event of a start by time, or by offset alone. */
  get isAnchored(): boolean {
    return this.#isAnchored;
  }

  /** The first event came: everything before it lies behind us. */
  anchorBefore(sequenceNumber: number): void {
    this.#headSequenceNumber = sequenceNumber - 1;
    this.#isAnchored = true;
  }

  /** Lets the head go past an event, or to a position, that needs no handling. */
  pass(position: Position): void {
    this.#isAnchored = true;
    this.#headSequenceNumber = position.sequenceNumber;
    this.#headOffset = position.offset;
    this.#headEnqueuedAtMs = position.enqueuedAtMs;
  }

  /** The event is handled or durably dead-lettered. Finishing twice is a defect of the caller. */
  finish(item: InFlight): void {
    if (item.isFinished) throw new Error(`event ${item.sequenceNumber} was finished twice`);
    item.isFinished = true;
    const { older, newer } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.#unfinishedCount -= 1;
  }

  /** Everything at or below it is finished. */
  get position(): Position {
    const oldest = this.#oldest;
    if (oldest === undefined) return this.head;
    return positionOf({
      sequenceNumber: oldest.beforeSequenceNumber,
      offset: oldest.beforeOffset,
      enqueuedAtMs: oldest.beforeEnqueuedAtMs,
    });
  }

  get sequenceNumber(): number {
    return this.#oldest?.beforeSequenceNumber ?? this.#headSequenceNumber;
  }

  /** The last position taken in. */
  get headSequenceNumber(): number {
    return this.#headSequenceNumber;
  }

  get head(): Position {
    return positionOf({
      sequenceNumber: this.#headSequenceNumber,
      offset: this.#headOffset,
      enqueuedAtMs: this.#headEnqueuedAtMs,
    });
  }

  get unfinishedCount(): number {
    return this.#unfinishedCount;
  }

  get oldest(): InFlight | undefined {
    return this.#oldest;
  }

  /** Sequence numbers of the unfinished events, ascending. */
  *unfinished(): Generator<number, void, undefined> {
    for (let item = this.#oldest; item !== undefined; item = item.newer) yield item.sequenceNumber;
  }
}
