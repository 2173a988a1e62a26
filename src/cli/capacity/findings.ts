// What measured minutes say about a namespace with so many units. Pure.

import type { Minute } from './minute-metrics.ts';
import { exceededBy, maxUnits, sizeFor } from './throughput-units.ts';
import type { Load, Need, Sizing } from './throughput-units.ts';

export interface BusyMinute {
  readonly time: string;
  readonly exceeded: readonly Need[];
  readonly throttledRequests: number;
}

export interface Findings {
  readonly minutes: number;
  /** Highest average per second of any minute, each limit by itself. */
  readonly peak: Load;
  /** Minutes over a limit of the present units, or with throttled requests. */
  readonly busy: readonly BusyMinute[];
  readonly throttledRequests: number;
  readonly sizing: Sizing;
}

export interface Advice {
  readonly units: number;
  readonly autoInflateMaximum: number;
}

/** A minute's totals as averages per second. */
export function loadOfMinute(minute: Minute): Load {
  const perSecond = (total: number | undefined): number | undefined =>
    total === undefined ? undefined : total / 60;
  return {
    ingressBytes: perSecond(minute.incomingBytes),
    ingressEvents: perSecond(minute.incomingMessages),
    egressBytes: perSecond(minute.outgoingBytes),
    egressEvents: perSecond(minute.outgoingMessages),
  };
}

export function findIn(minutes: readonly Minute[], units: number): Findings {
  const loads = minutes.map(loadOfMinute);
  const peak: Load = {
    ingressBytes: highest(loads.map((load) => load.ingressBytes)),
    ingressEvents: highest(loads.map((load) => load.ingressEvents)),
    egressBytes: highest(loads.map((load) => load.egressBytes)),
    egressEvents: highest(loads.map((load) => load.egressEvents)),
  };
  const busy = minutes
    .map((minute) => ({
      time: minute.time,
      exceeded: exceededBy(loadOfMinute(minute), units),
      throttledRequests: minute.throttledRequests ?? 0,
    }))
    .filter(({ exceeded, throttledRequests }) => exceeded.length > 0 || throttledRequests > 0);
  return {
    minutes: minutes.length,
    peak,
    busy,
    throttledRequests: busy.reduce((sum, minute) => sum + minute.throttledRequests, 0),
    sizing: sizeFor(peak),
  };
}

/** Throttling below the averages' limits means bursts within a minute: one unit more than the present ones at least. */
export function advise(sizing: Sizing, present: number, wasThrottled: boolean): Advice {
  const units = Math.min(maxUnits, Math.max(sizing.units, wasThrottled ? present + 1 : 1));
  return { units, autoInflateMaximum: Math.min(maxUnits, units * 2) };
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
