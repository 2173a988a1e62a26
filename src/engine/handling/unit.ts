// What one handler call is about: one event, or a batch handler's batch or a part of it, with the lanes it keeps locked.

import type { DeadLetterReason } from '../event-outcome.ts';
import type { InFlight } from '../partition/in-flight.ts';
import type { Lane } from '../partition/lane.ts';
import type { EventContext, EventsContext } from './context.ts';

/** The one event of a unit must reach the dead letters, and nothing else happens to it any more. */
export interface PendingLetter {
  readonly reason: DeadLetterReason;
  readonly error: string;
}

export class Unit {
  /** Unfinished events, in sequence order within each key. */
  readonly items: readonly InFlight[];
  /** Handler calls made for exactly these events. */
  attempts: number;
  letter: PendingLetter | undefined;
  /** Set while the handler runs. */
  context: EventContext | EventsContext | undefined = undefined;
  startedAtMs = 0;
  isReportedSlow = false;
  /** Its call that runs is not its first turn. */
  isResumed = false;
  /** Where it stands among the running units; owned by them. */
  place = -1;

  constructor(items: readonly InFlight[], attempts = 0, letter?: PendingLetter) {
    this.items = items;
    this.attempts = attempts;
    this.letter = letter;
  }

  /** Each lane of its events once. */
  get lanes(): Iterable<Lane> {
    const [item, second] = this.items;
    if (second === undefined) return item?.lane === undefined ? [] : [item.lane];
    const lanes = new Set<Lane>();
    for (const { lane } of this.items) if (lane !== undefined) lanes.add(lane);
    return lanes;
  }
}

/** How one run of a unit ended. */
export type UnitEnd =
  /** Nothing of it is unfinished. */
  | { readonly kind: 'finished' }
  /** The same unit again, after a pause. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly isBlocked?: boolean }
  /** Its letter must be stored: that takes no turn of the handler. */
  | { readonly kind: 'dead-letter' }
  /** These units in its place, after a pause: every event of it that is not finished stands in one of them. */
  | { readonly kind: 'split'; readonly units: readonly Unit[]; readonly afterMs: number }
  /** The lease was in doubt: nothing of this run counts; the same unit once the lease is sure again. */
  | { readonly kind: 'interrupted' }
  /** The handler's policy gives the partition up. */
  | { readonly kind: 'stop'; readonly error: unknown };
