// Reads a sequence ahead of whoever takes from it, up to a bound: so that the whole number is known early, and a page is
// fetched while the one before is worked on.

export class LookAhead<T> {
  readonly #source: AsyncIterator<T>;
  readonly #maxAhead: number;
  readonly #found: T[] = [];
  #error: { readonly thrown: unknown } | undefined = undefined;
  #changed = Promise.withResolvers<void>();
  #isReading = false;
  /** All that was found so far; of all there is, once `isComplete`. */
  count = 0;
  isComplete = false;

  constructor(source: AsyncIterable<T>, maxAhead: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxAhead = maxAhead;
  }

  /** The next one; undefined at the end. Rejects as the source did, behind what it gave before. One caller at a time. */
  async next(): Promise<T | undefined> {
    for (;;) {
      this.#read();
      const item = this.#found.shift();
      if (item !== undefined) return item;
      if (this.#error !== undefined) throw this.#error.thrown;
      if (this.isComplete) return undefined;
      await this.#changed.promise;
    }
  }

  /** Never rejects: what is thrown waits for `next`. */
  #read(): void {
    if (this.#isReading || this.isComplete || this.#error !== undefined) return;
    if (this.#found.length >= this.#maxAhead) return;
    this.#isReading = true;
    void this.#readOn();
  }

  async #readOn(): Promise<void> {
    try {
      while (this.#found.length < this.#maxAhead) {
        const step = await this.#source.next();
        if (step.done === true) {
          this.isComplete = true;
          break;
        }
        this.#found.push(step.value);
        this.count += 1;
        this.#wake();
      }
    } catch (thrown) {
      this.#error = { thrown };
    }
    this.#isReading = false;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
