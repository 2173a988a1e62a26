// What a throughput unit carries and how many a load needs. Pure arithmetic, shown step by step.
// Source: Event Hubs quotas and "Scaling with Event Hubs": one unit is 1 MB/s or 1,000 events/s in, 2 MB/s or 4,096
// events/s out, whichever comes first; a standard namespace has at most 40.

export const perUnit = {
  ingressBytes: 1_000_000,
  ingressEvents: 1_000,
  egressBytes: 2_000_000,
  egressEvents: 4_096,
} as const;

export const maxUnits = 40;

/** Averages per second of one namespace. An undefined value is not known and counts for nothing. */
export interface Load {
  readonly ingressBytes: number | undefined;
  readonly ingressEvents: number | undefined;
  readonly egressBytes: number | undefined;
  readonly egressEvents: number | undefined;
}

export type Limit = keyof typeof perUnit;

export interface Need {
  readonly limit: Limit;
  readonly perSecond: number;
  readonly units: number;
}

export interface Sizing {
  readonly needs: readonly Need[];
  readonly ingressUnits: number;
  /** Enough for both directions. */
  readonly units: number;
}

const limits: readonly Limit[] = ['ingressBytes', 'ingressEvents', 'egressBytes', 'egressEvents'];

export function sizeFor(load: Load): Sizing {
  const needs = limits.flatMap((limit) => {
    const perSecond = load[limit];
    return perSecond === undefined
      ? []
      : [{ limit, perSecond, units: Math.ceil(perSecond / perUnit[limit]) }];
  });
  const most = (chosen: readonly Need[]): number => Math.max(1, ...chosen.map(({ units }) => units));
  const ingress = needs.filter(({ limit }) => limit === 'ingressBytes' || limit === 'ingressEvents');
  return { needs, ingressUnits: most(ingress), units: most(needs) };
}

/** Each consumer group reads everything once. */
export function loadOf(ingress: { bytes?: number; events?: number }, consumers: number): Load {
  const { bytes, events } = ingress;
  return {
    ingressBytes: bytes,
    ingressEvents: events,
    egressBytes: bytes === undefined ? undefined : bytes * consumers,
    egressEvents: events === undefined ? undefined : events * consumers,
  };
}

/** Limits of so many units that a load goes beyond. */
export function exceededBy(load: Load, units: number): readonly Need[] {
  return sizeFor(load).needs.filter(({ limit, perSecond }) => perSecond > units * perUnit[limit]);
}
