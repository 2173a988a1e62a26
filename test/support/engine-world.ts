// The whole engine on a virtual clock, with a hub that makes its events on the way out (a million of them cost nothing
// while they wait) and the group's records in memory. For claims about long times and large numbers.

import type { Checkpoint } from '../../src/engine/leases/records.ts';
import type { ReceivedEvent } from '../../src/engine/event.ts';
import type { Handler } from '../../src/engine/handling/handler.ts';
import type {
  DeadLetterSink,
  EventSource,
  Link,
  LinkListener,
  LinkOptions,
  WriteResult,
} from '../../src/engine/ports.ts';
import type { Report } from '../../src/engine/reports.ts';
import type { EngineSettings } from '../../src/engine/settings.ts';
import { Worker } from '../../src/engine/worker.ts';
import { MemoryGroup } from '../../src/testing/memory-group.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

export const worldSettings: EngineSettings = {
  lease: {
    workerId: 'w',
    nonce: 'n',
    leaseMs: 30_000,
    tickMs: 10_000,
    fastTickMs: 1_000,
    handoverTimeoutMs: 60_000,
  },
  handling: {
    ordering: 'key',
    concurrency: 64,
    partitionConcurrency: 64,
    maxAttempts: 3,
    retryMinMs: 100,
    retryMaxMs: 10_000,
    attemptTimeoutMs: 3_600_000,
    onExhausted: 'dead-letter',
    stopHoldMs: 60_000,
  },
  checkpoint: { everyEvents: 10_000, everyMs: 5_000, idleMs: 1_000 },
  budget: { maxInFlightEvents: 16_384, maxBufferedBytes: 64 * 1024 * 1024 },
  watch: { stallTimeoutMs: 60_000, probeMs: 30_000 },
  start: { at: 'earliest' },
  onRecreatedHub: 'stop',
  drainDeadlineMs: 30_000,
};

export type MakeEvent = (partitionId: string, sequenceNumber: number) => ReceivedEvent;

/** Each partition is a number of events; `grow` adds some, and open links deliver them in batches. */
export class GrowingHub implements EventSource {
  readonly #clock: VirtualClock;
  readonly #make: MakeEvent;
  readonly #counts: Map<string, number>;
  readonly batchEvents = 500;

  constructor(clock: VirtualClock, partitionIds: readonly string[], make: MakeEvent) {
    this.#clock = clock;
    this.#make = make;
    this.#counts = new Map(partitionIds.map((partitionId) => [partitionId, 0]));
  }

  grow(partitionId: string, events: number): void {
    this.#counts.set(partitionId, this.countOf(partitionId) + events);
  }

  countOf(partitionId: string): number {
    return this.#counts.get(partitionId) ?? 0;
  }

  open({ partitionId, start }: LinkOptions, listener: LinkListener): Link {
    let next = 'sequenceNumber' in start ? start.sequenceNumber + 1 : 0;
    let isOpen = true;
    const deliver = async (): Promise<void> => {
      if (!isOpen) return;
      const until = Math.min(this.countOf(partitionId), next + this.batchEvents);
      const events = Array.from({ length: until - next }, (_, index) =>
        this.#make(partitionId, next + index),
      );
      next = until;
      await listener.receive({ events, end: undefined });
      this.#clock.schedule(events.length === 0 ? 100 : 1, () => void deliver());
    };
    this.#clock.schedule(1, () => void deliver());
    return {
      close: async () => {
        isOpen = false;
      },
    };
  }

  async partitionIds(): Promise<readonly string[]> {
    return [...this.#counts.keys()];
  }

  async partitionProperties(partitionId: string) {
    const last = this.countOf(partitionId) - 1;
    return {
      partitionId,
      beginSequenceNumber: 0,
      lastSequenceNumber: last,
      lastOffset: String(last),
      lastEnqueuedAtMs: this.#clock.nowMs(),
      isEmpty: last < 0,
    };
  }

  async recycle(): Promise<void> {}
}

/** Keeps every checkpoint written, beside storing it. */
export class RecordingGroup extends MemoryGroup {
  readonly written: Checkpoint[] = [];

  override async writeCheckpoint(checkpoint: Checkpoint, ifMatch: string | undefined): Promise<WriteResult> {
    const result = await super.writeCheckpoint(checkpoint, ifMatch);
    if (result.kind === 'stored') this.written.push(checkpoint);
    return result;
  }
}

export interface World {
  readonly clock: VirtualClock;
  readonly hub: GrowingHub;
  readonly group: RecordingGroup;
  readonly reports: Report[];
  /** A worker on this hub and group; `crash` makes it fall silent without a word. */
  start(handler: Handler, settings?: EngineSettings, deadLetters?: DeadLetterSink): Promise<Worker>;
}

export function engineWorld(partitionIds: readonly string[], make: MakeEvent): World {
  const clock = new VirtualClock();
  const hub = new GrowingHub(clock, partitionIds, make);
  const group = new RecordingGroup(clock);
  const reports: Report[] = [];
  const silent = (): void => {};
  return {
    clock,
    hub,
    group,
    reports,
    async start(handler, settings = worldSettings, deadLetters = { put: async () => {} }) {
      const worker = new Worker({
        handler,
        settings,
        ports: {
          source: hub,
          leases: group,
          checkpoints: group,
          deadLetters,
          clock,
          random: new SeededRandom(1),
          report: (report) => {
            if (report.kind !== 'finished' && report.kind !== 'received') reports.push(report);
          },
          handlerLog: () => ({ debug: silent, info: silent, warn: silent, error: silent }),
        },
      });
      const started = worker.start();
      await clock.advance(3_000);
      await started;
      return worker;
    },
  };
}
