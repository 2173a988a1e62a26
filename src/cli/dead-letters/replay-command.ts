// `dead-letters replay`: which letters, where to, and what is said of it. The loop itself is replay.ts, what is said of it replay-report.ts.

import { Argument, Command, Option } from 'commander';
import { EncodedSender } from '../../azure/encoded-sender.ts';
import type { DeadLetterStore } from '../../azure/dead-letter-store.ts';
import type { Config, GroupConfig } from '../../config/config.ts';
import { orThrow, readConfig, readGroupConfig } from '../../config/read-config.ts';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import type { HandlerLog } from '../../engine/handling/handler.ts';
import { loadHandler } from '../../handlers/load-handler.ts';
import type { CommandContext } from '../command.ts';
import { wholeNumberBetween } from '../option-values.ts';
import { Pace } from '../send/pace.ts';
import { replaysOf } from '../replays-of.ts';
import { systemClock } from '../system-clock.ts';
import { findLetter } from './archive.ts';
import type { DeadLetterArchive, DeadLetterEntry, TypedId } from './archive.ts';
import { handlerTarget } from './handler-target.ts';
import { HubTarget } from './hub-target.ts';
import { tableOf } from './letter-text.ts';
import { ReplayReport } from './replay-report.ts';
import { Replay } from './replay.ts';
import type { ReplayTarget } from './replay.ts';
import { isEverything, isSelected, parseLetterId, selectionOf, withSelectionOptions } from './selection.ts';
import type { Selection, SelectionOptions } from './selection.ts';
import { withLetters } from './with-letters.ts';

interface ReplayOptions extends SelectionOptions {
  readonly all?: true;
  readonly again?: true;
  readonly to: 'hub' | 'handler';
  readonly dryRun?: true;
  readonly rate: number;
  readonly json?: true;
}

type OpenReplayTarget = (letters: DeadLetterStore) => Promise<OpenTarget>;

/** A target that is open, and how to let it go. */
interface OpenTarget {
  readonly target: ReplayTarget;
  readonly close: () => Promise<void>;
}

export function replayCommand(context: CommandContext): Command {
  const command = new Command('replay')
    .description(
      'Sends dead letters back to the event hub, or hands them to the handler in HANDLER here, and marks them. Can be interrupted and run again.',
    )
    .addArgument(
      new Argument('[id...]', 'partition/sequence number, or the full id, as `list` shows it').argParser(
        collectIds,
      ),
    )
    .option('--all', 'every letter that was not replayed yet')
    .option('--again', 'also letters that were replayed already')
    .addOption(new Option('--to <target>', 'where they go').choices(['hub', 'handler']).default('hub'))
    .option('--rate <letters per second>', '0 for as fast as it goes', wholeNumberBetween(0, 1_000_000), 0)
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'show what would be replayed and change nothing');
  return withSelectionOptions(command).action(
    async (ids: readonly TypedId[] | undefined, options: ReplayOptions) => {
      const selection = boundedSelection(ids ?? [], options);
      const { config, open } = targetOf(options.to, context);
      await withLetters(config, async ({ deadLetters }, signal) => {
        if (options.dryRun === true) return preview(deadLetters, selection, context, signal);
        const opened = await open(deadLetters);
        try {
          await run(deadLetters, opened.target, { selection, options, context }, signal);
        } finally {
          await opened.close();
        }
      });
    },
  );
}

/** Letters that arise while this runs, of replayed events that failed again, wait for the next time: the run would never end. */
function boundedSelection(ids: readonly TypedId[], options: ReplayOptions): Selection {
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
): { readonly config: GroupConfig; readonly open: OpenReplayTarget } {
  if (to === 'hub') {
    const config = orThrow(readGroupConfig(context.layers()));
    return { config, open: () => openHub(config) };
  }
  const config = orThrow(readConfig(context.layers()));
  return { config, open: (letters) => openHandler(config, letters, context) };
}

async function openHub(config: GroupConfig): Promise<OpenTarget> {
  const sender = await EncodedSender.open(config.eventHub, systemClock);
  return { target: new HubTarget(sender), close: () => sender.close() };
}

async function openHandler(
  config: Config,
  letters: DeadLetterStore,
  context: CommandContext,
): Promise<OpenTarget> {
  const handler = await loadHandler(config.handler, process.cwd());
  await handler.start?.();
  return {
    target: handlerTarget({
      handler,
      log: noteLog(context),
      replays: replaysOf(config.replayProperties, letters),
      timeoutMs: config.engine.handling.attemptTimeoutMs,
    }),
    close: async () => handler.stop?.(),
  };
}

async function preview(
  archive: DeadLetterArchive,
  selection: Selection,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const letters = lettersOf(archive, selection, signal);
  const found = await Array.fromAsync(letters, (entry) => ({ ...entry, message: undefined }));
  if (found.length > 0) for (const line of tableOf(found)) context.print(line);
  context.print(`${found.length} dead letters would be replayed.`);
}

/** Those named are looked up one by one: a listing of all would take longer, and hide a name that means two. */
async function* lettersOf(
  archive: DeadLetterArchive,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<DeadLetterEntry> {
  if (selection.ids.length === 0) {
    for await (const entry of archive.list(signal)) if (isSelected(entry, selection)) yield entry;
    return;
  }
  const found: DeadLetterEntry[] = [];
  for (const id of selection.ids) {
    const entry = await findLetter(archive, id, signal);
    if (entry !== undefined && isSelected(entry, selection)) found.push(entry);
  }
  yield* found;
}

interface Run {
  readonly selection: Selection;
  readonly options: ReplayOptions;
  readonly context: CommandContext;
}

async function run(
  archive: DeadLetterArchive,
  target: ReplayTarget,
  { selection, options, context }: Run,
  signal: AbortSignal,
): Promise<void> {
  const pace = new Pace(systemClock, options.rate);
  const report = new ReplayReport(context, options.json === true);
  const replay = new Replay({
    archive,
    target,
    letters: lettersOf(archive, selection, signal),
    nowMs: () => systemClock.nowMs(),
    pace: (aborted) => pace.next(aborted),
    onFailure: (id, reason) => report.failure(id, reason),
  });
  report.start(replay.progress);
  let stoppedBy: unknown;
  try {
    await replay.run(signal);
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'EHW_BAD_USAGE') throw error;
    stoppedBy = error;
  } finally {
    report.stop();
  }
  report.tell(replay.progress, {
    isInterrupted: signal.aborted,
    stoppedBy: stoppedBy === undefined ? undefined : reasonOf(stoppedBy),
    notFound: Math.max(0, selection.ids.length - replay.progress.found),
  });
}

function collectIds(given: string, before: readonly TypedId[] = []): readonly TypedId[] {
  return [...before, parseLetterId(given)];
}

function noteLog(context: CommandContext): HandlerLog {
  const at =
    (level: keyof HandlerLog): HandlerLog['info'] =>
    (message, details = {}) =>
      context.note(`${level}: ${message} ${JSON.stringify(details)}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
