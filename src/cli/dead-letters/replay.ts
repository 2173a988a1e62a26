// Replays letters: each is handed to its target and then marked, in this order, so that an interruption repeats a letter and
// never skips one. Letters of one lane keep their order; lanes go side by side, and what waits in a lane goes together.

import { setMaxListeners } from 'node:events';
import { reasonOf, WorkerError } from '../../engine/errors.ts';
import type { ReceivedEvent } from '../../engine/event.ts';
import { positionOf } from './archive.ts';
import type { DeadLetterArchive, DeadLetterEntry } from './archive.ts';
import { LookAhead } from './look-ahead.ts';
import { Marks } from './marks.ts';

/** A letter whose event was read. */
export interface OpenLetter {
  readonly entry: DeadLetterEntry;
  readonly event: ReceivedEvent;
}

export type Verdict =
  /** `isLabelled`: with the properties that say what it replays. */
  | { readonly kind: 'taken'; readonly isLabelled: boolean }
  /** Not this one; others may be taken. */
  | { readonly kind: 'refused'; readonly error: Error };

/** The hub or a handler. */
export interface ReplayTarget {
  /** Letters of one lane go one after another; undefined: after none. */
  laneOf(letter: OpenLetter): string | undefined;
  /**
   * Takes letters of one lane, in order: as many of the first ones as it likes, one at least. A verdict for each of those.
   * Rejects when the target cannot be used now: no letter was refused for its own sake.
   */
  send(letters: readonly OpenLetter[], signal: AbortSignal): Promise<readonly Verdict[]>;
}

export interface ReplayProgress {
  replayed: number;
  /** Of the replayed: those without the properties that say what they replay, for which there was no room. */
  unlabelled: number;
  /** Not taken by the target; still there for the next time. */
  failed: number;
  /** Taken, but the mark could not be written: they would be replayed again. */
  unmarked: number;
  /** Gone between listing and reading. */
  missing: number;
  /** Letters found so far, and whether those are all. */
  found: number;
  isFoundAll: boolean;
}

export interface ReplayOptions {
  readonly archive: Pick<DeadLetterArchive, 'readEvent' | 'markReplayed'>;
  readonly target: ReplayTarget;
  /** What to replay, by partition and sequence number. */
  readonly letters: AsyncIterable<DeadLetterEntry>;
  readonly nowMs: () => number;
  /** Settles when the next letter may go. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** Called for each letter that failed. */
  readonly onFailure: (id: string, reason: string) => void;
}

interface Lane {
  readonly waiting: OpenLetter[];
}

type Opened =
  | { readonly kind: 'open'; readonly letter: OpenLetter }
  | { readonly kind: 'closed'; readonly entry: DeadLetterEntry; readonly error: unknown }
  | { readonly kind: 'missing'; readonly entry: DeadLetterEntry };

const maxListedAhead = 5000;
/** Letters that are being read while earlier ones are sent. */
const maxReading = 48;
/** Letters, and bytes of their blobs, that were begun and are not marked yet: what a crash may repeat. */
const maxInHand = 1000;
const maxBytesInHand = 64 * 1024 * 1024;
const maxSends = 32;
const maxLettersPerSend = 250;

export class Replay {
  readonly progress: ReplayProgress = {
    replayed: 0,
    unlabelled: 0,
    failed: 0,
    unmarked: 0,
    missing: 0,
    found: 0,
    isFoundAll: false,
  };
  readonly #options: ReplayOptions;
  readonly #letters: LookAhead<DeadLetterEntry>;
  readonly #marks: Marks<DeadLetterEntry>;
  readonly #lanes = new Map<string | OpenLetter, Lane>();
  readonly #ready: (string | OpenLetter)[] = [];
  /** Calls under way end by their own deadlines: an interruption does not cut them off. */
  readonly #calls = new AbortController().signal;
  #sends = 0;
  #inHand = 0;
  #bytesInHand = 0;
  #changed = Promise.withResolvers<void>();
  #halted: { readonly error: unknown } | undefined = undefined;
  #isInterrupted = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#letters = new LookAhead(options.letters, maxListedAhead);
    this.#marks = new Marks({
      write: (entries) => options.archive.markReplayed(entries, options.nowMs(), this.#calls),
      onMarked: (entries) => {
        this.progress.replayed += entries.length;
        for (const entry of entries) this.#letGo(entry);
      },
      onUnmarked: (entries, error) => this.#tellUnmarked(entries, error),
    });
    setMaxListeners(0, this.#calls);
  }

  /**
   * Aborting the signal starts no further letter; what was begun is finished and marked. Rejects, after the same, when the
   * store or the target cannot be used.
   */
  async run(signal: AbortSignal): Promise<void> {
    const interrupt = (): void => {
      this.#isInterrupted = true;
      this.#wake();
    };
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      await this.#takeAll(signal);
    } catch (error) {
      if (!this.#isInterrupted) this.#halted ??= { error };
    }
    while (this.#sends > 0 || (this.#mayGoOn && this.#ready.length > 0)) await this.#changed.promise;
    await this.#marks.settled();
    signal.removeEventListener('abort', interrupt);
    this.#count();
    if (this.#halted !== undefined) throw this.#halted.error;
  }

  get #mayGoOn(): boolean {
    return !this.#isInterrupted && this.#halted === undefined;
  }

  /** Reads ahead and hands over in the order of the listing. */
  async #takeAll(signal: AbortSignal): Promise<void> {
    const reading: Promise<Opened>[] = [];
    for (;;) {
      const entry = await this.#next();
      if (!this.#mayGoOn) return;
      if (entry !== undefined) {
        this.#inHand += 1;
        this.#bytesInHand += entry.sizeBytes;
        reading.push(this.#open(entry));
      }
      const keptReading = entry === undefined ? 0 : maxReading - 1;
      while (reading.length > keptReading || (reading.length > 0 && this.#isFull)) {
        const opened = await reading.shift();
        await this.#options.pace(signal);
        if (!this.#mayGoOn) return;
        if (opened !== undefined) this.#take(opened);
        while (this.#isFull && this.#mayGoOn && this.#inHand > reading.length) await this.#changed.promise;
      }
      if (entry === undefined) return;
    }
  }

  async #next(): Promise<DeadLetterEntry | undefined> {
    const entry = await this.#letters.next();
    this.#count();
    return entry;
  }

  #count(): void {
    this.progress.found = this.#letters.count;
    this.progress.isFoundAll = this.#letters.isComplete;
  }

  get #isFull(): boolean {
    return this.#inHand >= maxInHand || this.#bytesInHand >= maxBytesInHand;
  }

  /** Never rejects. */
  async #open(entry: DeadLetterEntry): Promise<Opened> {
    try {
      const event = await this.#options.archive.readEvent(entry, this.#calls);
      return event === undefined ? { kind: 'missing', entry } : { kind: 'open', letter: { entry, event } };
    } catch (error) {
      return { kind: 'closed', entry, error };
    }
  }

  #take(opened: Opened): void {
    switch (opened.kind) {
      case 'open': {
        const { letter } = opened;
        const key = this.#options.target.laneOf(letter) ?? letter;
        const lane = this.#lanes.get(key);
        if (lane !== undefined) lane.waiting.push(letter);
        else {
          this.#lanes.set(key, { waiting: [letter] });
          this.#ready.push(key);
        }
        return this.#startSends();
      }
      case 'missing':
        this.progress.missing += 1;
        return this.#letGo(opened.entry);
      case 'closed': {
        const { entry, error } = opened;
        // A blob that is no letter must not keep the others from being replayed; an outage of the store ends the run.
        if (!(error instanceof WorkerError && error.code === 'EHW_RECORD_INVALID')) throw error;
        return this.#fail(entry, error.message);
      }
      default:
        return opened satisfies never;
    }
  }

  #startSends(): void {
    while (this.#sends < maxSends && this.#mayGoOn) {
      const key = this.#ready.shift();
      if (key === undefined) return;
      this.#sends += 1;
      void this.#sendFrom(key);
    }
  }

  /** Never rejects. A lane that is being sent from is not among the ready ones. */
  async #sendFrom(key: string | OpenLetter): Promise<void> {
    const waiting = this.#lanes.get(key)?.waiting ?? [];
    const letters = waiting.slice(0, maxLettersPerSend);
    try {
      const verdicts = await this.#options.target.send(letters, this.#calls);
      const sent = waiting.splice(0, verdicts.length);
      this.#settle(sent, verdicts);
    } catch (error) {
      this.#halted ??= { error };
      // The same is true of them all: told of the first.
      for (const [index, { entry }] of letters.entries()) {
        this.#fail(entry, index === 0 ? reasonOf(error) : undefined);
      }
      waiting.length = 0;
    }
    this.#sends -= 1;
    if (waiting.length > 0) this.#ready.push(key);
    else this.#lanes.delete(key);
    this.#startSends();
    this.#wake();
  }

  #settle(sent: readonly OpenLetter[], verdicts: readonly Verdict[]): void {
    const taken: DeadLetterEntry[] = [];
    for (const [index, { entry }] of sent.entries()) {
      const verdict = verdicts[index];
      if (verdict?.kind === 'taken') {
        taken.push(entry);
        if (!verdict.isLabelled) this.progress.unlabelled += 1;
      } else this.#fail(entry, reasonOf(verdict?.error));
    }
    if (taken.length > 0) this.#marks.add(taken);
  }

  #fail(entry: DeadLetterEntry, reason?: string): void {
    this.progress.failed += 1;
    if (reason !== undefined) this.#options.onFailure(positionOf(entry), reason);
    this.#letGo(entry);
  }

  /** Going on would send more that nobody knows of. */
  #tellUnmarked(entries: readonly DeadLetterEntry[], error: unknown): void {
    this.#halted ??= { error };
    this.progress.unmarked += entries.length;
    for (const entry of entries) {
      this.#options.onFailure(positionOf(entry), `replayed, but not marked as such: ${reasonOf(error)}`);
      this.#letGo(entry);
    }
  }

  #letGo(entry: DeadLetterEntry): void {
    this.#inHand -= 1;
    this.#bytesInHand -= entry.sizeBytes;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
