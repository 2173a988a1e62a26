// Keeps the open operator pages up to date: a snapshot every 2 s, recent entries when there are new ones. Works only while
// somebody looks: without an open page it costs nothing.

import type { Clock } from '../engine/ports.ts';
import type { WorkerStatus } from '../engine/status.ts';
import type { EventLoopProbe } from './event-loop-probe.ts';
import { EventStream, serverSentEvent } from './event-stream.ts';
import type { PageConnection } from './event-stream.ts';
import { judgeLive, judgeReady } from './health.ts';
import { lagElsewhere, operatorState } from './operator-state.ts';
import type { KnownLag } from './operator-state.ts';
import { PartitionRates } from './partition-rates.ts';
import type { RecentHistory } from './recent-history.ts';

export interface ConfigurationEntry {
  readonly name: string;
  /** As it may be shown: secrets are masked by whoever hands it over. */
  readonly value: string;
}

export interface PageFeedOptions {
  readonly clock: Clock;
  readonly probe: EventLoopProbe;
  readonly status: () => WorkerStatus | undefined;
  readonly history: RecentHistory;
  /** What does not change while the process runs: identity and configuration. */
  readonly about: unknown;
  /** Last sequence number of every partition; asked every 10 s while a page is open, for partitions of other workers. */
  readonly partitionEnds?: (signal: AbortSignal) => Promise<ReadonlyMap<string, number>>;
}

const updateEveryMs = 2000;
const endsEveryMs = 10_000;
const endsTimeoutMs = 8000;
const shownEntries = 50;

export class PageFeed {
  readonly #options: PageFeedOptions;
  readonly #stream = new EventStream(() => this.#pause());
  readonly #rates = new PartitionRates();
  #elsewhere: ReadonlyMap<string, KnownLag> = new Map();
  #endsAskedMs = -Infinity;
  #lastRecent = '';
  #cancelUpdate: (() => void) | undefined;
  #endsAbort = new AbortController();

  constructor(options: PageFeedOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#stream.isFull;
  }

  /** Adds a page; the response must not have been begun. */
  open(page: PageConnection, headers: Readonly<Record<string, string>>): void {
    const recent = this.#recent();
    // For a page that joins others the next comparison stays with what those have.
    if (this.#stream.isEmpty) this.#lastRecent = recent;
    const first = [
      'retry: 2000\n\n',
      serverSentEvent('about', this.#options.about),
      serverSentEvent('lag', this.#lagSeries()),
      recent,
      this.#state(),
    ];
    this.#stream.open(page, headers, first.join(''));
    if (this.#cancelUpdate === undefined) this.#scheduleUpdate();
  }

  close(): void {
    this.#stream.close();
    this.#pause();
  }

  #scheduleUpdate(): void {
    this.#cancelUpdate = this.#options.clock.schedule(updateEveryMs, () => {
      const recent = this.#recent();
      this.#stream.send(recent === this.#lastRecent ? this.#state() : recent + this.#state());
      this.#lastRecent = recent;
      this.#askForEnds();
      this.#scheduleUpdate();
    });
  }

  #pause(): void {
    this.#cancelUpdate?.();
    this.#cancelUpdate = undefined;
    this.#endsAbort.abort();
    this.#endsAbort = new AbortController();
    this.#rates.clear();
    this.#elsewhere = new Map();
    this.#endsAskedMs = -Infinity;
  }

  #state(): string {
    const { clock, status: readStatus, probe } = this.#options;
    const status = readStatus();
    if (status === undefined) return '';
    const state = operatorState({
      status,
      live: judgeLive(status, probe.health()),
      ready: judgeReady(status),
      atMs: clock.nowMs(),
      rates: this.#rates,
      elsewhere: this.#elsewhere,
    });
    return serverSentEvent('state', state);
  }

  #recent(): string {
    const { history } = this.#options;
    return serverSentEvent('recent', {
      leaseChanges: history.leaseChanges().slice(0, shownEntries),
      deadLetters: history.deadLetters().slice(0, shownEntries),
    });
  }

  #lagSeries(): Readonly<Record<string, readonly (readonly [number, number])[]>> {
    const partitions = this.#options.status()?.partitions ?? [];
    return Object.fromEntries(
      partitions.map(({ partitionId }) => [
        partitionId,
        this.#options.history.lagOf(partitionId).map(({ atMs, lagEvents }) => [atMs, lagEvents] as const),
      ]),
    );
  }

  /** Starts one question at a time; an answer that fails leaves the lag of other workers' partitions unknown. */
  #askForEnds(): void {
    const { partitionEnds, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (partitionEnds === undefined || nowMs - this.#endsAskedMs < endsEveryMs) return;
    this.#endsAskedMs = nowMs;
    const signal = AbortSignal.any([this.#endsAbort.signal, AbortSignal.timeout(endsTimeoutMs)]);
    partitionEnds(signal).then(
      (ends) => {
        if (!signal.aborted) this.#elsewhere = lagElsewhere(this.#options.status(), ends);
      },
      () => {
        this.#elsewhere = new Map();
      },
    );
  }
}
