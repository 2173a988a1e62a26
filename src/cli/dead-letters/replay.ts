// Replays letters: each is handed to its target and then marked, in this order, so that an interruption repeats a letter and
// never skips one. Letters of one key keep their order; keys go side by side.

import { setMaxListeners } from 'node:events';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import type { DeadLetter } from '../../engine/ports.ts';
import { letterId } from './archive.ts';
import type { DeadLetterArchive, DeadLetterEntry } from './archive.ts';
import { isSelected } from './selection.ts';
import type { Selection } from './selection.ts';

/** Takes a replayed event; settles when the hub or the handler has it. Rejects when it has not. */
export type ReplayTarget = (letter: DeadLetter, signal: AbortSignal) => Promise<void>;

export interface ReplayProgress {
  replayed: number;
  /** Not taken by the target; still there for the next time. */
  failed: number;
  /** Taken, but the mark could not be written: they would be replayed again. */
  unmarked: number;
  /** Gone between listing and reading. */
  missing: number;
}

export interface ReplayOptions {
  readonly archive: DeadLetterArchive;
  readonly target: ReplayTarget;
  readonly selection: Selection;
  readonly nowMs: () => number;
  /** Called after each letter. */
  readonly onProgress: (progress: Readonly<ReplayProgress>) => void;
  /** Called for each letter that failed. */
  readonly onFailure: (id: string, reason: string) => void;
}

/** Letters read and held in memory at a time; each may be 1 MB. */
const chunkLetters = 32;

/** Aborting the signal starts no further letter; what was begun is finished and marked. */
export async function replay(options: ReplayOptions, signal: AbortSignal): Promise<ReplayProgress> {
  const progress: ReplayProgress = { replayed: 0, failed: 0, unmarked: 0, missing: 0 };
  for await (const chunk of chunksOf(selected(options, signal))) {
    if (signal.aborted) break;
    await replayChunk(chunk, options, progress, signal);
  }
  return progress;
}

/** Storage and hub calls that are under way end by their own deadlines: an interruption does not cut them off. */
async function replayChunk(
  chunk: readonly DeadLetterEntry[],
  options: ReplayOptions,
  progress: ReplayProgress,
  signal: AbortSignal,
): Promise<void> {
  const calls = new AbortController().signal;
  setMaxListeners(chunkLetters * 2, calls);
  const letters = await Promise.all(chunk.map((entry) => readOne(entry, options, progress, calls)));
  const lanes = lanesOf(letters.filter((letter) => letter !== undefined));
  await Promise.all(
    lanes.map(async (lane) => {
      for (const letter of lane) {
        if (signal.aborted) return;
        await replayOne(letter, options, progress, calls);
      }
    }),
  );
}

/** A blob that is no letter must not keep the others from being replayed; an outage of the store ends the run. */
async function readOne(
  entry: DeadLetterEntry,
  options: ReplayOptions,
  progress: ReplayProgress,
  calls: AbortSignal,
): Promise<DeadLetter | undefined> {
  try {
    const letter = await options.archive.read(entry.partitionId, entry.sequenceNumber, calls);
    if (letter === undefined) progress.missing += 1;
    return letter;
  } catch (error) {
    if (!(error instanceof WorkerError && error.code === 'EHW_RECORD_INVALID')) throw error;
    progress.failed += 1;
    options.onFailure(letterId(entry), error.message);
    return undefined;
  }
}

async function replayOne(
  letter: DeadLetter,
  options: ReplayOptions,
  progress: ReplayProgress,
  calls: AbortSignal,
): Promise<void> {
  const { partitionId, event } = letter;
  const id = letterId({ partitionId, sequenceNumber: event.sequenceNumber });
  try {
    await options.target(letter, calls);
  } catch (error) {
    progress.failed += 1;
    options.onFailure(id, reasonOf(error));
    options.onProgress(progress);
    return;
  }
  try {
    await options.archive.markReplayed(partitionId, event.sequenceNumber, options.nowMs(), calls);
    progress.replayed += 1;
  } catch (error) {
    progress.unmarked += 1;
    options.onFailure(id, `replayed, but not marked as such: ${reasonOf(error)}`);
  }
  options.onProgress(progress);
}

async function* selected(options: ReplayOptions, signal: AbortSignal): AsyncGenerator<DeadLetterEntry> {
  for await (const entry of options.archive.list(signal)) {
    if (isSelected(entry, options.selection)) yield entry;
  }
}

async function* chunksOf(
  entries: AsyncIterable<DeadLetterEntry>,
): AsyncGenerator<readonly DeadLetterEntry[]> {
  let chunk: DeadLetterEntry[] = [];
  for await (const entry of entries) {
    chunk.push(entry);
    if (chunk.length < chunkLetters) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Letters with one partition key in one lane, in order; those without a key each in their own. */
function lanesOf(letters: readonly DeadLetter[]): readonly DeadLetter[][] {
  const byKey = new Map<string, DeadLetter[]>();
  const alone: DeadLetter[][] = [];
  for (const letter of letters) {
    const key = letter.event.partitionKey;
    const lane = key === undefined ? undefined : byKey.get(key);
    if (lane !== undefined) lane.push(letter);
    else if (key === undefined) alone.push([letter]);
    else byKey.set(key, [letter]);
  }
  return [...byKey.values(), ...alone];
}
