// What every scenario gives back: the claim, the figures, and whether the claim held; and the settings they share.
import { rmSync } from 'node:fs';
import type { HistorySummary } from '../../support/history-checks.ts';
import { Fleet } from '../fleet.ts';
import type { FleetOptions } from '../fleet.ts';

export type Figures = Readonly<Record<string, number | string | boolean | readonly number[]>>;

export interface Measurement {
  readonly scenario: string;
  readonly claim: string;
  readonly holds: boolean;
  /** Which parts of the claim did not hold. */
  readonly broken: readonly string[];
  readonly figures: Figures;
}

export interface Lease {
  readonly leaseMs: number;
  readonly tickMs: number;
  readonly handoverTimeoutMs: number;
}

/** What the configuration has when nothing is set. */
export const defaultLease: Lease = { leaseMs: 30_000, tickMs: 10_000, handoverTimeoutMs: 60_000 };

/** The documented settings for fail-over within 10 s (docs/fail-over.md). */
export const fastLease: Lease = { leaseMs: 6_000, tickMs: 2_000, handoverTimeoutMs: 60_000 };

/** Environment variables of a lease; those of the defaults are left unset, so that the defaults themselves are measured. */
export function leaseEnvironment(lease: Lease): Readonly<Record<string, string>> {
  if (lease === defaultLease) return {};
  return {
    LEASE_MS: String(lease.leaseMs),
    TICK_MS: String(lease.tickMs),
    HANDOVER_TIMEOUT_MS: String(lease.handoverTimeoutMs),
  };
}

export interface ScenarioOptions {
  readonly lease: Lease;
  readonly partitions: number;
  readonly eventsPerSecond: number;
  readonly handlerMs: number;
  readonly seed: number;
}

/** Runs something in a fleet of its own and closes it in every case. Logs and histories are kept when it throws. */
export async function inFleet<Result>(
  options: ScenarioOptions,
  extra: Partial<FleetOptions> & { readonly workers: number },
  run: (fleet: Fleet) => Promise<Result>,
  isWorthKeeping: (result: Result) => boolean = () => false,
): Promise<Result> {
  const fleet = await Fleet.start({
    partitions: options.partitions,
    seed: options.seed,
    ...extra,
    environment: {
      ...leaseEnvironment(options.lease),
      CHAOS_HANDLER_MS: String(options.handlerMs),
      ...extra.environment,
    },
  });
  let isKept = true;
  try {
    const result = await run(fleet);
    isKept = isWorthKeeping(result);
    return result;
  } finally {
    await fleet.close();
    if (isKept) console.error(`Logs and histories: ${fleet.folder}`);
    else rmSync(fleet.folder, { recursive: true });
  }
}

/** Measures a scenario in a fleet of its own; logs and histories are kept when its claim does not hold. */
export function measureInFleet(
  options: ScenarioOptions,
  extra: Partial<FleetOptions> & { readonly workers: number },
  scenario: (fleet: Fleet) => Promise<Measurement>,
): Promise<Measurement> {
  return inFleet(options, extra, scenario, ({ holds }) => !holds);
}

/** Names the parts of a claim that are false. */
export function brokenParts(parts: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(parts).flatMap(([part, holds]) => (holds ? [] : [part]));
}

export function measured(
  scenario: string,
  claim: string,
  parts: Readonly<Record<string, boolean>>,
  figures: Figures,
): Measurement {
  const broken = brokenParts(parts);
  return { scenario, claim, holds: broken.length === 0, broken, figures };
}

/** The parts every scenario claims of its history. */
export function historyParts(summary: HistorySummary): Readonly<Record<string, boolean>> {
  return {
    'nothing lost': summary.lost === 0,
    'nothing out of order': summary.outOfOrder === 0,
    'no checkpoint regressed': summary.regressions === 0,
    'one owner at a time': summary.overlaps === 0,
    'no duplicate beyond what a crash allows': summary.duplicatesNotAllowed === 0,
  };
}

export function rounded(values: readonly number[]): number[] {
  return values.map((value) => Math.round(value));
}
