// A consumer of the stock SDK that joins the group: it claims by overwriting (generation and request are lost), reads with
// epoch 0, and writes checkpoints without any condition. It never answers requests.

import { EventView } from '../../../src/engine/handling/event-view.ts';
import type { Link, ReceivedBatch } from '../../../src/engine/ports.ts';
import { unknownOffset } from '../../../src/engine/event.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimBroker } from './sim-broker.ts';
import type { HandlerWatcher } from './sim-handler.ts';
import type { SimProcess } from './sim-process.ts';
import type { Condition, SimStore } from './sim-store.ts';
import { unconditional } from './sim-store.ts';
import type { Trace } from './trace.ts';

const loopMs = 10_000;

export class StockConsumer {
  readonly #process: SimProcess;
  readonly #broker: SimBroker;
  readonly #store: SimStore;
  readonly #random: SeededRandom;
  readonly #links = new Map<string, Link>();
  readonly #watch: { readonly watcher: HandlerWatcher; readonly trace: Trace };
  #calls = 0;
  #hasLeft = false;

  constructor(
    process: SimProcess,
    broker: SimBroker,
    store: SimStore,
    random: SeededRandom,
    watch: { readonly watcher: HandlerWatcher; readonly trace: Trace },
  ) {
    this.#process = process;
    this.#broker = broker;
    this.#store = store;
    this.#random = random;
    this.#watch = watch;
    this.#loop();
  }

  leave(): void {
    this.#watch.trace.note(this.#process.id, () => 'leaves');
    this.#hasLeft = true;
    for (const link of this.#links.values()) void link.close();
    this.#links.clear();
  }

  #loop(): void {
    if (this.#hasLeft) return;
    for (const partitionId of this.#broker.logs.keys()) {
      const record = this.#store.leases.get(partitionId);
      const isOurs = record?.value.ownerId === this.#process.workerId;
      if (!isOurs && !this.#random.chance(0.3)) continue;
      const condition = record?.etag ?? unconditional;
      this.#process.outerClock.schedule(this.#random.integer(5, 60), () =>
        this.#claim(partitionId, condition),
      );
    }
    this.#process.outerClock.schedule(loopMs, () => this.#loop());
  }

  #claim(partitionId: string, condition: Condition): void {
    if (this.#hasLeft || this.#store.faults.isDown) return;
    const lease = { partitionId, ownerId: this.#process.workerId, generation: 0, requestedBy: '' };
    if (this.#store.applyLease(this.#process, lease, condition).kind === 'conflict') return;
    if (!this.#links.has(partitionId)) this.#open(partitionId);
  }

  #open(partitionId: string): void {
    const checkpoint = this.#store.checkpoints.get(partitionId)?.value;
    const start = checkpoint ?? { sequenceNumber: -1, offset: unknownOffset };
    const link = this.#broker.sourceFor(this.#process).open(
      { partitionId, generation: 0, start },
      {
        receive: (batch) => this.#receive(partitionId, batch),
        fault: () => {},
        ended: () => this.#links.delete(partitionId),
      },
    );
    this.#links.set(partitionId, link);
  }

  async #receive(partitionId: string, batch: ReceivedBatch): Promise<void> {
    const last = batch.events.at(-1);
    if (last === undefined || this.#hasLeft) return;
    const call = (this.#calls += 1);
    const views = batch.events.map((event) => new EventView(partitionId, event));
    for (const view of views) this.#watch.watcher.started(view, call);
    await new Promise<void>((resolve) =>
      this.#process.outerClock.schedule(this.#random.integer(1, 50), resolve),
    );
    for (const view of views) this.#watch.watcher.finished(view, call, 'handled');
    const checkpoint = {
      partitionId,
      sequenceNumber: last.sequenceNumber,
      offset: last.offset,
      generation: 0,
      completed: '',
    };
    this.#process.outerClock.schedule(this.#random.integer(1, 50), () => {
      if (!this.#store.faults.isDown) this.#store.applyCheckpoint(this.#process, checkpoint, unconditional);
    });
  }
}
