// What one handler call is about: one event, or a batch handler's batch, with the lanes it keeps locked.

import type { DeadLetterReason } from '../event-outcome.ts';
import type { InFlight } from '../partition/in-flight.ts';
import type { Lane } from '../partition/lanes.ts';
import type { EventContext, EventsContext } from './context.ts';

/** An event that must reach the dead letters before anything else happens in its unit. */
export interface PendingLetter {
  readonly item: InFlight;
  readonly reason: DeadLetterReason;
  readonly error: string;
}

export class Unit {
  /** Unfinished events, in sequence order within each key. */
  items: InFlight[];
  /** Handler calls made for exactly these events. */
  attempts: number;
  readonly letters: PendingLetter[] = [];
  /** Set while the handler runs. */
  context: EventContext | EventsContext | undefined = undefined;
  startedAtMs = 0;
  isReportedSlow = false;
  /** Where it stands among the running units; owned by them. */
  place = -1;
  /** Runs after this one, under the same locked lanes (a split batch keeps its order). */
  next: Unit | undefined = undefined;
  readonly lanes: readonly Lane[];

  constructor(lanes: readonly Lane[], items: InFlight[], attempts = 0) {
    this.lanes = lanes;
    this.items = items;
    this.attempts = attempts;
  }
}

/** How one run of a unit ended. */
export type UnitEnd =
  /** Nothing of it is unfinished. */
  | { readonly kind: 'finished' }
  /** The same unit again, after a pause. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly isBlocked?: boolean }
  /** These units in its place, in this order. */
  | { readonly kind: 'split'; readonly units: readonly Unit[]; readonly afterMs: number }
  /** The lease was in doubt: nothing of this run counts; the same unit once the lease is sure again. */
  | { readonly kind: 'interrupted' }
  /** The handler's policy gives the partition up. */
  | { readonly kind: 'stop'; readonly error: unknown };
