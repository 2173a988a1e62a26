// `checkpoints`: what the group has done, moved by hand, saved, and taken over from other programs.

import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import { byPartitionId } from '../engine/leases/partition-order.ts';
import type { StoredCheckpoint } from '../engine/leases/records.ts';
import { checkpointLines } from './checkpoints/checkpoint-text.ts';
import { exportedText, parseExported } from './checkpoints/exported.ts';
import { fixedContainers, foreignPath, layouts, readForeign } from './checkpoints/foreign-layout.ts';
import type { Layout } from './checkpoints/foreign-layout.ts';
import { moveCheckpoints, withMoveOptions } from './checkpoints/move-command.ts';
import type { MoveCommandOptions } from './checkpoints/move-command.ts';
import type { Imported, ImportedPositions } from './checkpoints/move.ts';
import { parseTarget } from './checkpoints/target.ts';
import type { Target } from './checkpoints/target.ts';
import type { CommandContext } from './command.ts';
import { withGroup } from './with-group.ts';
import type { OpenGroup } from './with-group.ts';

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Lists, moves, saves and takes over the checkpoints of this consumer group.')
    .addCommand(listCommand(context))
    .addCommand(resetCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(importCommand(context));
}

function listCommand(context: CommandContext): Command {
  return new Command('list')
    .description('Shows every checkpoint.')
    .option('--json', 'print JSON: an array')
    .action(async (options: { readonly json?: true }) =>
      withGroup(context, async (group) => {
        const checkpoints = await readCheckpoints(group);
        if (options.json === true) context.print(JSON.stringify(checkpoints, null, 2));
        else for (const line of checkpointLines(checkpoints)) context.print(line);
      }),
    );
}

function resetCommand(context: CommandContext): Command {
  const command = new Command('reset')
    .description('Moves checkpoints; the only way to move one backwards.')
    .addOption(
      new Option('--to <target>', 'earliest, latest, sequence:N (the next event handled is N) or an ISO time')
        .argParser(parseTarget)
        .makeOptionMandatory(),
    );
  return withMoveOptions(command).action(async (options: MoveCommandOptions & { readonly to: Target }) =>
    withGroup(context, async (group) => moveCheckpoints(context, group, options.to, options)),
  );
}

function exportCommand(context: CommandContext): Command {
  return new Command('export')
    .description('Writes every checkpoint as JSON, for `import`.')
    .option('--file <path>', 'instead of standard output')
    .action(async (options: { readonly file?: string }) =>
      withGroup(context, async (group) => {
        const { namespace, eventHub, consumerGroup } = group.config.eventHub;
        const text = exportedText({ namespace, eventHub, consumerGroup }, await readCheckpoints(group));
        if (options.file === undefined) return context.print(text);
        await writeFile(options.file, `${text}\n`);
        context.note(`written to ${options.file}`);
      }),
    );
}

interface ImportOptions extends MoveCommandOptions {
  readonly file?: string;
  readonly layout?: Layout;
  readonly container?: string;
  readonly fromEventHub?: string;
  readonly fromConsumerGroup?: string;
}

function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description(
      'Takes checkpoints from an export, or from the layout of another program in the same account.',
    )
    .addOption(new Option('--file <path>', 'an export').conflicts('layout'))
    .addOption(new Option('--layout <name>', "as in KEDA's checkpointStrategy").choices(layouts))
    .option(
      '--container <name>',
      "the other program's container (default: this worker's; azureFunction has its own)",
    )
    .option('--from-event-hub <name>', 'as the other program writes it (default: the same)')
    .option('--from-consumer-group <name>', 'as the other program writes it (default: the same)');
  return withMoveOptions(command).action(async (options: ImportOptions) =>
    withGroup(context, async (group) =>
      moveCheckpoints(context, group, told(context, await positionsToImport(options, group)), options),
    ),
  );
}

function told(context: CommandContext, positions: ImportedPositions): ImportedPositions {
  const missing = [...positions].flatMap(([id, position]) => (position === undefined ? [id] : []));
  if (missing.length > 0) {
    context.note(
      `No event is meant by what is stored for partition ${missing.join(', ')} (never checkpointed, or the start or end of the stream): left as it is here.`,
    );
  }
  return positions;
}

async function positionsToImport(options: ImportOptions, group: OpenGroup): Promise<ImportedPositions> {
  const { file, layout } = options;
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new WorkerError(
        'EHW_BAD_USAGE',
        { reason: `${file} cannot be read: ${reasonOf(error)}` },
        { cause: error },
      );
    });
    return parseExported(text, file);
  }
  if (layout === undefined) throw new WorkerError('EHW_BAD_USAGE', { reason: 'Give --file or --layout.' });
  return readLayout(layout, options, group);
}

async function readLayout(
  layout: Layout,
  options: ImportOptions,
  { azure, config, signal }: OpenGroup,
): Promise<ImportedPositions> {
  const { namespace } = config.eventHub;
  const eventHub = options.fromEventHub ?? config.eventHub.eventHub;
  const consumerGroup = options.fromConsumerGroup ?? config.eventHub.consumerGroup;
  const name = options.container ?? fixedContainers[layout] ?? config.storage.checkpointContainer;
  const container = azure.container(name, '--container');
  const positions = new Map<string, Imported>();
  for (const partitionId of options.partition ?? (await azure.source.partitionIds(signal))) {
    const path = foreignPath(layout, { namespace, eventHub, consumerGroup }, partitionId);
    const blob = await container.readMetadata(path, signal);
    if (blob === undefined) {
      throw new WorkerError('EHW_BAD_USAGE', {
        reason: `There is no blob ${path} in container ${name}. Check --layout, --container and the names (they are case-sensitive), or choose partitions with --partition.`,
      });
    }
    const content = layout === 'blobMetadata' ? undefined : await container.readContent(path, signal);
    const stored = readForeign(layout, blob.metadata, content?.toString('utf8') ?? '');
    if (stored.kind === 'unreadable' || stored.kind === 'out-of-range') {
      const why = stored.kind === 'unreadable' ? stored.why : `its sequence number is ${stored.text}`;
      throw new WorkerError('EHW_BAD_USAGE', { reason: `The blob ${path} cannot be imported: ${why}.` });
    }
    positions.set(partitionId, stored.kind === 'none' ? undefined : stored.position);
  }
  return positions;
}

async function readCheckpoints({ azure, signal }: OpenGroup): Promise<readonly StoredCheckpoint[]> {
  const { checkpoints } = await azure.leases.readGroup(signal);
  return checkpoints.toSorted((a, b) => byPartitionId(a.partitionId, b.partitionId));
}
