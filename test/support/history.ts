// The history of a run: what was sent, handled, checkpointed and leased, in the order it became true, and that history
// indexed for the checks (history-checks.ts). The simulation and the run of real processes write the same format.

/** A process is one life of a worker: a worker id that is started again is another process. */
export type ProcessId = string;

interface Moment {
  /** Time of the run in ms; for people. What counts is the order of the entries. */
  readonly atMs: number;
}

interface AboutEvent {
  /** Unique over the whole run, also when the event hub is created anew. */
  readonly id: string;
  readonly partitionId: string;
}

/** The hub took the event. `life` counts how often the hub was created anew (0 when absent). */
export interface SentEntry extends Moment, AboutEvent {
  readonly kind: 'sent';
  /** Undefined when the producer is not told; the first start then tells it. */
  readonly sequenceNumber: number | undefined;
  /** Events of one lane run one after another; undefined: the event has a lane of its own. */
  readonly lane: string | undefined;
  readonly life?: number;
  /** Nobody can read it: it shows on arrival, or when its body is touched. */
  readonly flaw?: 'broken' | 'unreadable' | undefined;
}

export interface StartedEntry extends Moment, AboutEvent {
  readonly kind: 'started';
  readonly sequenceNumber: number;
  readonly process: ProcessId;
  /** The lease's generation; undefined when the run cannot know it. */
  readonly generation: number | undefined;
  /** One handler call; the events of one batch share it, in the batch's order. */
  readonly call: number;
}

export interface FinishedEntry extends Moment, AboutEvent {
  readonly kind: 'finished';
  readonly process: ProcessId;
  readonly call: number;
  readonly outcome: 'handled' | 'failed';
}

export interface DeadLetteredEntry extends Moment, AboutEvent {
  readonly kind: 'dead-lettered';
  readonly reason?: string;
}

/** A worker passed sequence numbers and told that no event has them. */
export interface GapEntry extends Moment {
  readonly kind: 'gap';
  readonly partitionId: string;
  readonly process: ProcessId;
  readonly from: number;
  readonly to: number;
}

/** A checkpoint became durable. */
export interface CheckpointEntry extends Moment {
  readonly kind: 'checkpoint';
  readonly partitionId: string;
  readonly process: ProcessId;
  readonly generation: number;
  readonly sequenceNumber: number;
  /** Sequence numbers above it that the completed map calls finished. */
  readonly completed: ReadonlySet<number>;
  readonly etag: string;
  /** Which life of the hub the position belongs to. */
  readonly life?: number;
}

/** A lease record changed its owner, generation or requester. */
export interface LeaseEntry extends Moment {
  readonly kind: 'lease';
  readonly partitionId: string;
  /** Who wrote it. */
  readonly process: ProcessId;
  /** "" is free. */
  readonly ownerId: string;
  readonly generation: number;
  readonly requestedBy: string;
  /** What was there before, and its true age when it was replaced. */
  readonly replaced:
    | { readonly ownerId: string; readonly generation: number; readonly ageMs: number }
    | undefined;
}

/** What happened to a process from outside, or its own end. */
export interface ProcessEntry extends Moment {
  readonly kind:
    | 'born'
    /** kill -9: nothing it does counts from here on. */
    | 'crashed'
    /** Stopped by a signal, or cut from what it needs, for longer than it may: its lease can expire. */
    | 'suspended'
    /** It had to leave without waiting for its handlers: stop, or the end of the drain deadline. */
    | 'forced'
    /** It ended by itself. */
    | 'left';
  readonly process: ProcessId;
  readonly workerId: string;
  /** With `left`: partitions whose last flush it reported as failed. */
  readonly unflushed?: readonly string[];
}

/** Events up to that sequence number are nobody's duty any more: expired, before the start position, or a former life. */
export interface ExcusedEntry extends Moment {
  readonly kind: 'excused';
  readonly partitionId: string;
  readonly life: number;
  readonly upTo: number;
  readonly why: 'expired' | 'before-start' | 'recreated';
}

export type HistoryEntry =
  | SentEntry
  | StartedEntry
  | FinishedEntry
  | DeadLetteredEntry
  | GapEntry
  | CheckpointEntry
  | LeaseEntry
  | ProcessEntry
  | ExcusedEntry;

/** One handler run of one event. Places are indexes in the history; Infinity is never. */
export interface Run {
  readonly story: EventStory;
  readonly process: ProcessId;
  readonly generation: number;
  readonly call: number;
  readonly startedAt: number;
  endedAt: number;
  /** `crashed` and `abandoned`: its process was killed, or left, before it ended. */
  outcome: 'handled' | 'failed' | 'crashed' | 'abandoned' | 'running';
}

export interface EventStory {
  readonly id: string;
  readonly partitionId: string;
  readonly life: number;
  readonly lane: string;
  readonly flaw: 'broken' | 'unreadable' | undefined;
  sequenceNumber: number | undefined;
  readonly runs: Run[];
  /** First place at which it was handled or durably dead-lettered. */
  finishedAt: number;
  /** Why it is a dead letter, where it is one. */
  letterReason: string | undefined;
  /** First place at which nobody had to handle it any more. */
  excusedAt: number;
}

/** The generation of a run that cannot know it. */
export const unknownGeneration = -1;

/** The history, indexed. */
export class Chronicle {
  readonly entries: readonly HistoryEntry[];
  readonly stories = new Map<string, EventStory>();
  readonly runs: Run[] = [];
  readonly leases = new Map<string, { readonly at: number; readonly entry: LeaseEntry }[]>();
  readonly gaps: { readonly at: number; readonly entry: GapEntry }[] = [];
  readonly checkpoints = new Map<string, { readonly at: number; readonly entry: CheckpointEntry }[]>();
  readonly processes = new Map<ProcessId, { readonly at: number; readonly entry: ProcessEntry }[]>();
  readonly #runsOfCall = new Map<string, Run>();

  constructor(entries: readonly HistoryEntry[]) {
    this.entries = entries;
    entries.forEach((entry, at) => this.#take(entry, at));
  }

  #take(entry: HistoryEntry, at: number): void {
    switch (entry.kind) {
      case 'sent':
        this.#story(entry, entry.sequenceNumber, entry.lane, entry.life ?? 0, entry.flaw);
        return;
      case 'started':
        this.#start(entry, at);
        return;
      case 'finished': {
        const run = this.#runsOfCall.get(runKey(entry));
        if (run === undefined || run.endedAt !== Infinity) return;
        run.endedAt = at;
        run.outcome = entry.outcome;
        if (entry.outcome === 'handled') run.story.finishedAt = Math.min(run.story.finishedAt, at);
        return;
      }
      case 'dead-lettered': {
        const story = this.stories.get(entry.id);
        if (story === undefined) return;
        story.finishedAt = Math.min(story.finishedAt, at);
        story.letterReason = entry.reason;
        return;
      }
      case 'gap':
        this.gaps.push({ at, entry });
        return;
      case 'checkpoint':
        listOf(this.checkpoints, entry.partitionId).push({ at, entry });
        return;
      case 'lease':
        listOf(this.leases, entry.partitionId).push({ at, entry });
        return;
      case 'excused':
        this.#excuse(entry, at);
        return;
      case 'crashed':
      case 'left':
        for (const run of this.runs) {
          if (run.process !== entry.process || run.endedAt !== Infinity) continue;
          run.endedAt = at;
          run.outcome = entry.kind === 'left' ? 'abandoned' : 'crashed';
        }
        break;
      case 'born':
      case 'suspended':
      case 'forced':
        break;
    }
    listOf(this.processes, entry.process).push({ at, entry });
  }

  #start(entry: StartedEntry, at: number): void {
    const story = this.stories.get(entry.id) ?? this.#story(entry, entry.sequenceNumber, undefined, 0);
    story.sequenceNumber ??= entry.sequenceNumber;
    const run: Run = {
      story,
      process: entry.process,
      generation: entry.generation ?? unknownGeneration,
      call: entry.call,
      startedAt: at,
      endedAt: Infinity,
      outcome: 'running',
    };
    story.runs.push(run);
    this.runs.push(run);
    this.#runsOfCall.set(runKey(entry), run);
  }

  #story(
    about: AboutEvent,
    sequenceNumber: number | undefined,
    lane: string | undefined,
    life: number,
    flaw?: EventStory['flaw'],
  ): EventStory {
    const known = this.stories.get(about.id);
    if (known !== undefined) return known;
    const story: EventStory = {
      id: about.id,
      partitionId: about.partitionId,
      life,
      lane: `${about.partitionId}/${life}/${lane ?? `alone:${about.id}`}`,
      flaw,
      sequenceNumber,
      runs: [],
      finishedAt: Infinity,
      letterReason: undefined,
      excusedAt: Infinity,
    };
    this.stories.set(about.id, story);
    return story;
  }

  #excuse(entry: ExcusedEntry, at: number): void {
    for (const story of this.stories.values()) {
      if (story.partitionId !== entry.partitionId || story.life !== entry.life) continue;
      if (story.sequenceNumber === undefined || story.sequenceNumber > entry.upTo) continue;
      story.excusedAt = Math.min(story.excusedAt, at);
    }
  }
}

function runKey(entry: { readonly process: string; readonly call: number; readonly id: string }): string {
  return `${entry.process} ${entry.call} ${entry.id}`;
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}
