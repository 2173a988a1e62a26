// What `reset` and `import` share: which partitions, whether workers may be asked to step aside, and showing before doing.

import type { Command } from 'commander';
import { WorkerError } from '../../engine/errors.ts';
import type { CommandContext } from '../command.ts';
import { readPartitionEnds } from '../partition-ends.ts';
import { systemClock } from '../system-clock.ts';
import type { OpenGroup } from '../with-group.ts';
import { liveOwners, withLeases } from './borrowed-leases.ts';
import { changeLines } from './checkpoint-text.ts';
import { carryOut, planMoves } from './move.ts';
import type { Destination, MoveOptions } from './move.ts';
import type { Change } from './target.ts';

export interface MoveCommandOptions {
  readonly partition?: readonly string[];
  readonly dryRun?: true;
  readonly forceRelease?: true;
  readonly json?: true;
}

/** Time for live workers to notice the request (a tick), drain and flush. */
const patienceMs = 90_000;

export function withMoveOptions(command: Command): Command {
  return command
    .option('--partition <id...>', 'only these partitions (default: all)')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--force-release', 'ask live workers to hand their partitions over first')
    .option('--json', 'print JSON: an array of changes');
}

export async function moveCheckpoints(
  context: CommandContext,
  group: OpenGroup,
  destination: Destination,
  options: MoveCommandOptions,
): Promise<void> {
  const { azure, config, signal } = group;
  const ends = selected(await readPartitionEnds(azure.source, signal), options.partition);
  const partitionIds = ends.map(({ partitionId }) => partitionId);
  const base = {
    source: azure.source,
    leases: azure.leases,
    checkpoints: azure.checkpoints,
    destination,
    ends,
  };
  // A time can only be looked up by reading, and only the owner of a partition may read.
  const needsLeases = 'at' in destination && destination.at === 'time';
  const owners = liveOwners(await azure.leases.readGroup(signal), partitionIds, config.leaseMs);
  const mustWait = owners.size > 0 && (needsLeases || options.dryRun !== true);
  if (mustWait && options.forceRelease !== true) {
    const names = [...new Set(owners.values())].join(', ');
    const aside = needsLeases
      ? ' A time is looked up by reading the partitions, so a dry run needs them, too.'
      : '';
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: `Live workers hold partitions: ${names}. Stop them, or add --force-release: they finish what runs, write their checkpoints and step aside for the time of this command.${aside}`,
    });
  }
  if (options.dryRun === true && !needsLeases) {
    return show(context, await planMoves({ ...base, generations: undefined }, signal), options);
  }
  const changes = await withLeases(
    partitionIds,
    {
      store: azure.leases,
      clock: systemClock,
      leaseMs: config.leaseMs,
      tickMs: config.tickMs,
      patienceMs,
      progress: (held, wanted) => {
        if (held < wanted) context.note(`waiting for partitions: ${held} of ${wanted}`);
      },
    },
    signal,
    async (generations) => planAndMove({ ...base, generations }, generations, options, signal),
  );
  show(context, changes, options);
}

async function planAndMove(
  move: MoveOptions,
  generations: ReadonlyMap<string, number>,
  options: MoveCommandOptions,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const changes = await planMoves(move, signal);
  if (options.dryRun !== true) await carryOut(changes, move.checkpoints, generations, signal);
  return changes;
}

function show(context: CommandContext, changes: readonly Change[], options: MoveCommandOptions): void {
  if (options.json === true) return context.print(JSON.stringify(changes, null, 2));
  for (const line of changeLines(changes)) context.print(line);
  if (options.dryRun === true) context.note('Nothing was changed (--dry-run).');
}

function selected<End extends { readonly partitionId: string }>(
  ends: readonly End[],
  partitionIds: readonly string[] | undefined,
): readonly End[] {
  if (partitionIds === undefined) return ends;
  const unknown = partitionIds.filter((id) => !ends.some(({ partitionId }) => partitionId === id));
  if (unknown.length > 0) {
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: `The event hub has no partition ${unknown.join(', ')}; it has ${ends.map(({ partitionId }) => partitionId).join(', ')}.`,
    });
  }
  return ends.filter(({ partitionId }) => partitionIds.includes(partitionId));
}
