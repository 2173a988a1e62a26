// What one writes by hand on top of the SDK to handle keys side by side: one event of a key at a time, so many at once in all,
// and a bound on those that wait. It knows no checkpoint, no retry and no shutdown.

export class KeyedLimiter {
  readonly #maxRunning: number;
  readonly #maxOpen: number;
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #open = 0;
  #roomFor: (() => void) | undefined;

  constructor(maxRunning: number, maxOpen: number) {
    this.#maxRunning = maxRunning;
    this.#maxOpen = maxOpen;
  }

  /** Settles when there is room for another one, not when this one is handled. */
  async add(key: string | undefined, handle: () => Promise<void>): Promise<void> {
    while (this.#open >= this.#maxOpen) {
      await new Promise<void>((resolve) => {
        this.#roomFor = resolve;
      });
    }
    this.#open += 1;
    const before = key === undefined ? undefined : this.#tails.get(key);
    const done = this.#run(before, handle);
    if (key === undefined) return;
    this.#tails.set(key, done);
    void done.then(() => {
      if (this.#tails.get(key) === done) this.#tails.delete(key);
    });
  }

  async #run(before: Promise<void> | undefined, handle: () => Promise<void>): Promise<void> {
    await before;
    if (this.#running >= this.#maxRunning) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running += 1;
    await handle();
    this.#running -= 1;
    this.#open -= 1;
    this.#waiting.shift()?.();
    this.#roomFor?.();
    this.#roomFor = undefined;
  }
}
