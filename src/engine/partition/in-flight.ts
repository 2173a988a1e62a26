// One event between its arrival and its end. It is its own node in the watermark's list and in its lane's queue, so that
// neither needs memory of its own.

import type { ReceivedEvent } from '../event.ts';
import { defectOnArrival } from '../handling/classify.ts';
import type { Defect } from '../handling/classify.ts';
import { EventView } from '../handling/event-view.ts';
import type { Lane } from './lane.ts';

export class InFlight {
  readonly view: EventView;
  /** The position a checkpoint has while this is the oldest unfinished event. Plain fields: one object less per event. */
  readonly beforeSequenceNumber: number;
  readonly beforeOffset: string;
  readonly beforeEnqueuedAtMs: number | undefined;
  /** Neighbours among the unfinished events, in sequence order. Owned by the watermark. */
  older: InFlight | undefined = undefined;
  newer: InFlight | undefined = undefined;
  isFinished = false;
  /** Where it is or was queued, and the next event there. Owned by the lane. */
  lane: Lane | undefined = undefined;
  behind: InFlight | undefined = undefined;
  /** Why the handler must never see it: it cannot be read, or its key function failed on it. */
  defect: Defect | undefined;
  isValidated = false;

  constructor(
    partitionId: string,
    event: ReceivedEvent,
    beforeSequenceNumber: number,
    beforeOffset: string,
    beforeEnqueuedAtMs: number | undefined,
  ) {
    this.view = new EventView(partitionId, event);
    this.defect = event.defect === undefined ? undefined : defectOnArrival(event.defect);
    this.beforeSequenceNumber = beforeSequenceNumber;
    this.beforeOffset = beforeOffset;
    this.beforeEnqueuedAtMs = beforeEnqueuedAtMs;
  }

  get event(): ReceivedEvent {
    return this.view.received;
  }

  get sequenceNumber(): number {
    return this.view.received.sequenceNumber;
  }

  get bytes(): number {
    return this.view.received.sizeBytes;
  }
}
