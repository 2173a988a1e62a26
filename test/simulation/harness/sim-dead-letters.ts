// The simulated dead-letter container: durable once applied, away during an outage.

import { WorkerError } from '../../../src/engine/errors.ts';
import type { DeadLetter, DeadLetterSink } from '../../../src/engine/ports.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { SimProcess } from './sim-process.ts';

export class SimDeadLetters {
  isDown = false;
  readonly #world: VirtualClock;
  readonly #random: SeededRandom;
  readonly #stored: (process: SimProcess, letter: DeadLetter) => void;

  constructor(
    world: VirtualClock,
    random: SeededRandom,
    stored: (process: SimProcess, letter: DeadLetter) => void,
  ) {
    this.#world = world;
    this.#random = random;
    this.#stored = stored;
  }

  sinkFor(process: SimProcess): DeadLetterSink {
    return {
      put: (letter, signal) =>
        new Promise<void>((resolve, reject) => {
          const abort = (): void => reject(signal.reason);
          if (signal.aborted) return abort();
          signal.addEventListener('abort', abort, { once: true });
          this.#world.schedule(this.#random.integer(1, 30), () => {
            const isDown = this.isDown;
            if (!isDown) this.#stored(process, letter);
            this.#world.schedule(this.#random.integer(1, 30), () =>
              process.deliver(() => {
                signal.removeEventListener('abort', abort);
                if (isDown) reject(new WorkerError('EHW_DEAD_LETTER_FAILED', { reason: '503' }));
                else resolve();
              }),
            );
          });
        }),
    };
  }
}
