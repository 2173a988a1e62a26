// Writes down which letters were replayed: one write at a time, with all that were taken while the one before was under way.

export interface MarksOptions<Entry> {
  readonly write: (entries: readonly Entry[]) => Promise<void>;
  readonly onMarked: (entries: readonly Entry[]) => void;
  /** They were taken, and nobody will know. */
  readonly onUnmarked: (entries: readonly Entry[], error: unknown) => void;
}

export class Marks<Entry> {
  readonly #options: MarksOptions<Entry>;
  #waiting: Entry[] = [];
  #writing: Promise<void> | undefined = undefined;

  constructor(options: MarksOptions<Entry>) {
    this.#options = options;
  }

  add(entries: readonly Entry[]): void {
    this.#waiting.push(...entries);
    this.#writing ??= this.#writeAll();
  }

  /** Settles when every letter has its mark, or was told as unmarked. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      try {
        await this.#options.write(entries);
        this.#options.onMarked(entries);
      } catch (error) {
        this.#options.onUnmarked(entries, error);
      }
    }
    this.#writing = undefined;
  }
}
