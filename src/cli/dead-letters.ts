// `dead-letters`: what was given up, why, and giving it another chance.

import { Argument, Command } from 'commander';
import { orThrow, readGroupConfig } from '../config/read-config.ts';
import { WorkerError } from '../engine/errors.ts';
import type { CommandContext } from './command.ts';
import { entriesJson, jsonOf, letterJson, letterLines, tableOf } from './dead-letters/letter-text.ts';
import { findLetter } from './dead-letters/archive.ts';
import type { DeadLetterEntry, TypedId } from './dead-letters/archive.ts';
import { replayCommand } from './dead-letters/replay-command.ts';
import { isSelected, parseLetterId, selectionOf, withSelectionOptions } from './dead-letters/selection.ts';
import type { SelectionOptions } from './dead-letters/selection.ts';
import { withLetters } from './dead-letters/with-letters.ts';

interface ListOptions extends SelectionOptions {
  readonly pending?: true;
  readonly json?: true;
}

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Lists, shows and replays the events of this consumer group that were given up.')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(replayCommand(context));
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('Shows what there is, by partition and sequence number.')
    .option('--pending', 'only what was not replayed yet')
    .option('--json', 'print JSON: an array of letters without their events');
  return withSelectionOptions(command).action(async (options: ListOptions) => {
    const selection = selectionOf([], options, options.pending !== true);
    await withLetters(orThrow(readGroupConfig(context.layers())), async ({ deadLetters }, signal) => {
      const found: DeadLetterEntry[] = [];
      for await (const entry of deadLetters.list(signal)) {
        // A table needs no messages, and a hundred thousand of them are much.
        if (isSelected(entry, selection)) found.push({ ...entry, message: undefined });
      }
      if (options.json === true) return context.print(jsonOf(entriesJson(found), 2));
      if (found.length > 0) for (const line of tableOf(found)) context.print(line);
      const pending = found.filter(({ replayedAtMs }) => replayedAtMs === undefined).length;
      context.note(`${found.length} dead letters, ${pending} of them not replayed.`);
    });
  });
}

function showCommand(context: CommandContext): Command {
  return new Command('show')
    .description('Shows one dead letter with its event.')
    .addArgument(
      new Argument('<id>', 'partition/sequence number, or the full id, as `list` shows it').argParser(
        parseLetterId,
      ),
    )
    .option('--json', 'print JSON')
    .action(async (id: TypedId, options: { readonly json?: true }) => {
      await withLetters(orThrow(readGroupConfig(context.layers())), async ({ deadLetters }, signal) => {
        const entry = await findLetter(deadLetters, id, signal);
        const letter = entry === undefined ? undefined : await deadLetters.read(entry, signal);
        if (letter === undefined) {
          throw new WorkerError('EHW_BAD_USAGE', {
            reason: `There is no dead letter ${id.partitionId}/${id.sequenceNumber}; \`dead-letters list\` shows what there is.`,
          });
        }
        if (options.json === true) context.print(jsonOf(letterJson(letter), 2));
        else for (const line of letterLines(letter)) context.print(line);
      });
    });
}
