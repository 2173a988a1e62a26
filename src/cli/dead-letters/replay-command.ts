// `dead-letters replay`: which letters, where to, and what is said of it. The loop itself is replay.ts.

import { Argument, Command, Option } from 'commander';
import { EventSender } from '../../azure/event-sender.ts';
import type { GroupConfig } from '../../config/config.ts';
import { orThrow, readConfig, readGroupConfig } from '../../config/read-config.ts';
import { WorkerError } from '../../engine/errors.ts';
import type { HandlerLog } from '../../engine/handling/handler.ts';
import { loadHandler } from '../../handlers/load-handler.ts';
import type { CommandContext } from '../command.ts';
import { systemClock } from '../system-clock.ts';
import type { DeadLetterArchive, DeadLetterEntry } from './archive.ts';
import { handlerTarget } from './handler-target.ts';
import { tableOf } from './letter-text.ts';
import { replay } from './replay.ts';
import type { ReplayProgress, ReplayTarget } from './replay.ts';
import { replayedEventOf } from './replayed-event.ts';
import { isEverything, isSelected, parseLetterId, selectionOf, withSelectionOptions } from './selection.ts';
import type { LetterId, Selection, SelectionOptions } from './selection.ts';
import { withLetters } from './with-letters.ts';

interface ReplayOptions extends SelectionOptions {
  readonly all?: true;
  readonly again?: true;
  readonly to: 'hub' | 'handler';
  readonly dryRun?: true;
}

/** A target that is open, and how to let it go. */
interface OpenTarget {
  readonly send: ReplayTarget;
  readonly close: () => Promise<void>;
}

const progressEveryMs = 1000;

export function replayCommand(context: CommandContext): Command {
  const command = new Command('replay')
    .description(
      'Sends dead letters back to the event hub, or hands them to the handler in HANDLER here, and marks them. Can be interrupted and run again.',
    )
    .addArgument(
      new Argument('[id...]', 'partition/sequence number, as `list` shows it').argParser(collectIds),
    )
    .option('--all', 'every letter that was not replayed yet')
    .option('--again', 'also letters that were replayed already')
    .addOption(new Option('--to <target>', 'where they go').choices(['hub', 'handler']).default('hub'))
    .option('--dry-run', 'show what would be replayed and change nothing');
  return withSelectionOptions(command).action(
    async (ids: readonly LetterId[] | undefined, options: ReplayOptions) => {
      const selection = boundedSelection(ids ?? [], options);
      const { config, open } = targetOf(options.to, context);
      await withLetters(config, async ({ deadLetters }, signal) => {
        if (options.dryRun === true) return preview(deadLetters, selection, context, signal);
        const target = await open();
        try {
          await run(deadLetters, target.send, selection, context, signal);
        } finally {
          await target.close();
        }
      });
    },
  );
}

/** Letters that arise while this runs, of replayed events that failed again, wait for the next time: the run would never end. */
function boundedSelection(ids: readonly LetterId[], options: ReplayOptions): Selection {
  const selection = selectionOf(ids, options, options.again === true);
  if (isEverything(selection) && options.all !== true) {
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: 'Say which dead letters: by id, --partition, --reason, --since, --until, or --all.',
    });
  }
  return { ...selection, untilMs: selection.untilMs ?? (ids.length > 0 ? undefined : systemClock.nowMs()) };
}

function targetOf(
  to: ReplayOptions['to'],
  context: CommandContext,
): { readonly config: GroupConfig; readonly open: () => Promise<OpenTarget> } {
  if (to === 'hub') {
    const config = orThrow(readGroupConfig(context.layers()));
    return { config, open: () => openHub(config) };
  }
  const config = orThrow(readConfig(context.layers()));
  return {
    config,
    open: () => openHandler(config.handler, config.engine.handling.attemptTimeoutMs, context),
  };
}

async function openHub(config: GroupConfig): Promise<OpenTarget> {
  const sender = await EventSender.open(config.eventHub, systemClock);
  return {
    send: (letter, signal) => sender.send(replayedEventOf(letter), signal),
    close: () => sender.close(),
  };
}

async function openHandler(name: string, timeoutMs: number, context: CommandContext): Promise<OpenTarget> {
  const handler = await loadHandler(name, process.cwd());
  await handler.start?.();
  return {
    send: handlerTarget(handler, noteLog(context), timeoutMs),
    close: async () => handler.stop?.(),
  };
}

async function preview(
  archive: DeadLetterArchive,
  selection: Selection,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const found: DeadLetterEntry[] = [];
  for await (const entry of archive.list(signal)) {
    if (isSelected(entry, selection)) found.push(entry);
  }
  if (found.length > 0) for (const line of tableOf(found)) context.print(line);
  context.print(`${found.length} dead letters would be replayed.`);
}

async function run(
  archive: DeadLetterArchive,
  target: ReplayTarget,
  selection: Selection,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  let shownAtMs = performance.now();
  const progress = await replay(
    {
      archive,
      target,
      selection,
      nowMs: () => systemClock.nowMs(),
      onProgress: ({ replayed }) => {
        if (performance.now() - shownAtMs < progressEveryMs) return;
        shownAtMs = performance.now();
        context.note(`${replayed} replayed ...`);
      },
      onFailure: (id, reason) => context.note(`${id}: ${reason}`),
    },
    signal,
  );
  context.print(summaryOf(progress));
  const left = selection.ids.length - countOf(progress);
  if (left > 0 && !signal.aborted) {
    context.note(`${left} of those named do not exist or were replayed already (--again repeats them).`);
    context.exitWith(1);
  }
  if (signal.aborted) context.note('Interrupted. Run it again to go on with the rest.');
  if (signal.aborted || progress.failed + progress.unmarked > 0) context.exitWith(1);
}

function countOf({ replayed, failed, unmarked, missing }: ReplayProgress): number {
  return replayed + failed + unmarked + missing;
}

function summaryOf({ replayed, failed, unmarked, missing }: ReplayProgress): string {
  const parts = [`${replayed} dead letters replayed`];
  if (failed > 0) parts.push(`${failed} not taken, still there`);
  if (unmarked > 0) parts.push(`${unmarked} replayed but not marked: running this again repeats them`);
  if (missing > 0) parts.push(`${missing} gone meanwhile`);
  return `${parts.join('; ')}.`;
}

function collectIds(given: string, before: readonly LetterId[] = []): readonly LetterId[] {
  return [...before, parseLetterId(given)];
}

function noteLog(context: CommandContext): HandlerLog {
  const at =
    (level: keyof HandlerLog): HandlerLog['info'] =>
    (message, details = {}) =>
      context.note(`${level}: ${message} ${JSON.stringify(details)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
