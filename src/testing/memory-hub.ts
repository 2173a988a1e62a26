// An event hub in memory that holds a fixed list of events: the event source of one test run.

import type { PartitionProperties, ReceivedEvent } from '../engine/event.ts';
import type { Clock, EventSource, Link, LinkListener, LinkOptions } from '../engine/ports.ts';

const batchEvents = 500;
const heartbeatMs = 1000;

export class MemoryHub implements EventSource {
  readonly #clock: Clock;
  readonly #partitions: ReadonlyMap<string, readonly ReceivedEvent[]>;

  /** Each partition's events in ascending order of their sequence numbers. */
  constructor(clock: Clock, partitions: ReadonlyMap<string, readonly ReceivedEvent[]>) {
    this.#clock = clock;
    this.#partitions = partitions;
  }

  open(options: LinkOptions, listener: LinkListener): Link {
    return new MemoryLink(
      this.#clock,
      this.#eventsOf(options.partitionId).filter(isAfter(options.start)),
      listener,
    );
  }

  async partitionIds(): Promise<readonly string[]> {
    return [...this.#partitions.keys()];
  }

  async partitionProperties(partitionId: string): Promise<PartitionProperties> {
    const events = this.#eventsOf(partitionId);
    const last = events.at(-1);
    return {
      partitionId,
      beginSequenceNumber: events[0]?.sequenceNumber ?? 0,
      lastSequenceNumber: last?.sequenceNumber ?? -1,
      lastOffset: last?.offset ?? '-1',
      lastEnqueuedAtMs: last?.enqueuedAtMs ?? 0,
      isEmpty: last === undefined,
    };
  }

  /** Nothing to renew: a link in memory does not die. */
  async recycle(): Promise<void> {}

  #eventsOf(partitionId: string): readonly ReceivedEvent[] {
    return this.#partitions.get(partitionId) ?? [];
  }
}

class MemoryLink implements Link {
  readonly #clock: Clock;
  readonly #events: readonly ReceivedEvent[];
  readonly #listener: LinkListener;
  #next = 0;
  #cancel: () => void = () => {};
  #isOpen = true;

  constructor(clock: Clock, events: readonly ReceivedEvent[], listener: LinkListener) {
    this.#clock = clock;
    this.#events = events;
    this.#listener = listener;
    this.#deliverIn(0);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#cancel();
  }

  #deliverIn(delayMs: number): void {
    if (this.#isOpen) this.#cancel = this.#clock.schedule(delayMs, () => void this.#deliver());
  }

  /** Never rejects, because `receive` does not. */
  async #deliver(): Promise<void> {
    const events = this.#events.slice(this.#next, this.#next + batchEvents);
    this.#next += events.length;
    const last = this.#events.at(-1);
    const end =
      last === undefined
        ? undefined
        : { sequenceNumber: last.sequenceNumber, enqueuedAtMs: last.enqueuedAtMs };
    await this.#listener.receive({ events, end });
    this.#deliverIn(this.#next < this.#events.length ? 0 : heartbeatMs);
  }
}

function isAfter(start: LinkOptions['start']): (event: ReceivedEvent) => boolean {
  if ('enqueuedAfterMs' in start) return (event) => event.enqueuedAtMs >= start.enqueuedAfterMs;
  return (event) => event.sequenceNumber > start.sequenceNumber;
}
