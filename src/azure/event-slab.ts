// Memory for small events. A socket hands over up to 64 KiB at once, and one event of a hundred bytes that waits behind a stuck
// lane would keep all of it: measured, 300 times what the budget counts. Copied into a slab it keeps 16 KiB at most.

const slabBytes = 16 * 1024;
/** Larger ones get memory of their own. */
const maxShareBytes = slabBytes / 8;

export class EventSlab {
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Where the event that was kept last is: [from, to) of `bytes`. */
  bytes: Buffer = this.#slab;
  from = 0;
  to = 0;

  /** Keeps [from, to) of `chunk`: copied, unless it is most of the chunk anyway. */
  keep(chunk: Buffer, from: number, to: number): void {
    const length = to - from;
    if (length * 4 >= chunk.length) return this.#at(chunk, from, to);
    if (length > maxShareBytes) {
      const own = Buffer.allocUnsafeSlow(length);
      chunk.copy(own, 0, from, to);
      return this.#at(own, 0, length);
    }
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    chunk.copy(this.#slab, this.#used, from, to);
    this.#at(this.#slab, this.#used, this.#used + length);
    this.#used += length;
  }

  #at(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }
}
