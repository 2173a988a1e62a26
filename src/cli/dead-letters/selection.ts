// Which letters a person means: by id, partition, reason and time.

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { deadLetterReasons } from '../../engine/event-outcome.ts';
import type { DeadLetterReason } from '../../engine/event-outcome.ts';
import { isNamedBy } from './archive.ts';
import type { DeadLetterEntry, TypedId } from './archive.ts';

/** Every condition that is given must hold. */
export interface Selection {
  readonly ids: readonly TypedId[];
  readonly partitions: readonly string[];
  readonly reasons: readonly DeadLetterReason[];
  /** Stored at or after. */
  readonly sinceMs: number | undefined;
  /** Stored before. */
  readonly untilMs: number | undefined;
  /** Also those that were replayed already. */
  readonly includesReplayed: boolean;
}

/** The options that narrow a selection down, as commander gives them. */
export interface SelectionOptions {
  readonly partition?: readonly string[];
  readonly reason?: readonly DeadLetterReason[];
  readonly since?: number;
  readonly until?: number;
}

export function withSelectionOptions(command: Command, nowMs: () => number = Date.now): Command {
  const time = timeParser(nowMs);
  return command
    .option('--partition <id...>', 'only of these partitions')
    .addOption(new Option('--reason <reason...>', 'only with these reasons').choices(deadLetterReasons))
    .option(
      '--since <time>',
      'only stored at or after: a time with its zone, or how long ago (90m, 24h, 7d)',
      time,
    )
    .option('--until <time>', 'only stored before', time);
}

export function selectionOf(
  ids: readonly TypedId[],
  options: SelectionOptions,
  includesReplayed: boolean,
): Selection {
  return {
    ids,
    partitions: options.partition ?? [],
    reasons: options.reason ?? [],
    sinceMs: options.since,
    untilMs: options.until,
    includesReplayed,
  };
}

export function isSelected(entry: DeadLetterEntry, selection: Selection): boolean {
  const { ids, partitions, reasons, sinceMs, untilMs, includesReplayed } = selection;
  return (
    (includesReplayed || entry.replayedAtMs === undefined) &&
    (ids.length === 0 || ids.some((id) => isNamedBy(id, entry))) &&
    (partitions.length === 0 || partitions.includes(entry.partitionId)) &&
    (reasons.length === 0 || reasons.includes(entry.reason)) &&
    (sinceMs === undefined || entry.deadLetteredAtMs >= sinceMs) &&
    (untilMs === undefined || entry.deadLetteredAtMs < untilMs)
  );
}

/** Whether nothing narrows the selection down. */
export function isEverything({ ids, partitions, reasons, sinceMs, untilMs }: Selection): boolean {
  return [ids, partitions, reasons].every((list) => list.length === 0) && (sinceMs ?? untilMs) === undefined;
}

export function parseLetterId(given: string): TypedId {
  const [, partitionId, number, time] = /^([^/\s]{1,64})\/(\d{1,16})(?:\/(\d{1,16}|v1))?$/.exec(given) ?? [];
  if (partitionId === undefined || number === undefined) {
    throw new InvalidArgumentError(
      'Allowed: partition/sequence number, as in 3/1042, and where that names several letters their full id (see dead-letters list).',
    );
  }
  const enqueued = time === undefined || time === 'v1' ? time : Number(time);
  return { partitionId, sequenceNumber: Number(number), enqueued };
}

/** A time with its zone, or how long ago: 90m, 24h, 7d. */
export function timeParser(nowMs: () => number): (given: string) => number {
  return (given) => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(given) ?? [];
    if (count !== undefined && unit !== undefined) return nowMs() - Number(count) * (unitMs.get(unit) ?? 0);
    const hasZone = /T\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/i.test(given);
    const timeMs = hasZone ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(timeMs)) {
      throw new InvalidArgumentError(
        'Allowed: a time with its zone (2026-01-31T12:00:00Z), or how long ago (90m, 24h, 7d).',
      );
    }
    return timeMs;
  };
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
