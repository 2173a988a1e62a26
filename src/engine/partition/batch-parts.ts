// How the parts of a batch that was split wait for each other: only where they share a lane. One event that is tried for
// hours, or whose letter cannot be stored, keeps its own key waiting and no other.

import { Unit } from '../handling/unit.ts';
import type { InFlight } from './in-flight.ts';
import type { Lane } from './lane.ts';

export interface BatchParts {
  /** May go on at once, side by side. */
  readonly free: readonly Unit[];
  /** Every lane of the parts, with what comes behind the free part there, in order: each a unit of that lane alone. */
  readonly behind: ReadonlyMap<Lane | undefined, readonly Unit[]>;
}

/** Divides parts that share a lane with an earlier one: what has to wait does so lane by lane, the rest does not wait. */
export function arrangeParts(parts: readonly Unit[]): BatchParts {
  const free: Unit[] = [];
  const behind = new Map<Lane | undefined, Unit[]>();
  for (const part of parts) {
    const alone: InFlight[] = [];
    const waiting = new Map<Lane | undefined, InFlight[]>();
    for (const item of part.items) {
      if (!behind.has(item.lane)) alone.push(item);
      else waiting.set(item.lane, [...(waiting.get(item.lane) ?? []), item]);
    }
    for (const { lane } of alone) behind.set(lane, []);
    if (alone.length > 0) free.push(partOf(part, alone));
    for (const [lane, items] of waiting) behind.get(lane)?.push(partOf(part, items));
  }
  return { free, behind };
}

function partOf(part: Unit, items: readonly InFlight[]): Unit {
  return items.length === part.items.length ? part : new Unit(items, part.attempts);
}
