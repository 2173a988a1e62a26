// Producers: events at random moments on every partition, some with an ordering key, now and then a burst.

import type { SeededRandom } from '../../support/seeded-random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { SimBroker } from './sim-broker.ts';

/** "" is an event without a key. */
const keys = ['red', 'green', 'blue', 'white', 'black', ''];

export class Traffic {
  readonly #world: VirtualClock;
  readonly #random: SeededRandom;
  readonly #broker: SimBroker;
  readonly #meanPauseMs: number;
  #isOn = false;

  constructor(world: VirtualClock, random: SeededRandom, broker: SimBroker, eventsPerSecond: number) {
    this.#world = world;
    this.#random = random;
    this.#broker = broker;
    this.#meanPauseMs = 1_000 / eventsPerSecond;
  }

  begin(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#next();
  }

  end(): void {
    this.#isOn = false;
  }

  /** So many events at once, on one partition. */
  burst(partitionId: string, count: number): void {
    for (let index = 0; index < count; index += 1) this.#send(partitionId);
  }

  #send(partitionId: string): void {
    const key = this.#random.pick(keys);
    this.#broker.send(partitionId, key === '' ? undefined : key);
  }

  #next(): void {
    // One stream for all partitions, whose number may grow.
    const meanMs = this.#meanPauseMs / this.#broker.logs.size;
    this.#world.schedule(-Math.log(1 - this.#random.next()) * meanMs, () => {
      if (!this.#isOn) return;
      this.#send(this.#random.pick([...this.#broker.logs.keys()]));
      this.#next();
    });
  }
}
