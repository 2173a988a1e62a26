// `lag`: how far behind the group is, partition by partition; needs no running worker and disturbs none.

import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { CommandContext } from './command.ts';
import { lagLines } from './lag/lag-text.ts';
import { groupLag } from './lag/partition-lag.ts';
import type { GroupLag } from './lag/partition-lag.ts';
import { wholeNumberBetween } from './option-values.ts';
import { readPartitionEnds } from './partition-ends.ts';
import { withGroup } from './with-group.ts';
import type { OpenGroup } from './with-group.ts';

interface LagOptions {
  readonly watch?: number | true;
  readonly retentionHours?: number;
  readonly json?: true;
}

const defaultWatchSeconds = 5;
const clearScreen = '\u001B[2J\u001B[H';

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Shows what is left to handle in each partition, from the checkpoints and the event hub.')
    .option('--watch [seconds]', 'again and again until Ctrl-C', wholeNumberBetween(1, 3_600))
    .option(
      '--retention-hours <hours>',
      'of the event hub: tells when events expire',
      wholeNumberBetween(1, 2_160),
    )
    .option('--json', 'print JSON: one object a line')
    .action(async (options: LagOptions) =>
      withGroup(context, async (group) => show(context, options, group)),
    );
}

async function show(context: CommandContext, options: LagOptions, group: OpenGroup): Promise<void> {
  const { watch } = options;
  do {
    const lag = await readLag(options, group);
    if (options.json === true) context.print(JSON.stringify(lag));
    else {
      const start = watch !== undefined && context.isTerminal ? clearScreen : '';
      context.print(start + lagLines(lag).join('\n'));
    }
    if (watch === undefined) return;
    const seconds = watch === true ? defaultWatchSeconds : watch;
    await sleep(seconds * 1_000, undefined, { signal: group.signal }).catch(() => undefined);
  } while (!group.signal.aborted);
}

async function readLag(options: LagOptions, { azure, config, signal }: OpenGroup): Promise<GroupLag> {
  const [view, ends] = await Promise.all([
    azure.leases.readGroup(signal),
    readPartitionEnds(azure.source, signal),
  ]);
  const retentionMs = options.retentionHours === undefined ? undefined : options.retentionHours * 3_600_000;
  return groupLag({ view, ends, leaseMs: config.leaseMs, retentionMs });
}
