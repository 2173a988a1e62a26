// What a JavaScript consumer keeps of its events, and how its parent asks for it (IPC): "count", "latencies".

import { setTimeout as sleep } from 'node:timers/promises';
import { timeDigits } from '../hub.ts';
import type { Latencies, Work } from './contender.ts';

/** What a body and its properties are read as, on both sides alike. */
export interface ReadableEvent {
  readonly body: Uint8Array;
  readonly properties: Readonly<Record<string, unknown>>;
}

export class Tally {
  readonly #work: Work;
  #count = 0;
  #latenciesNs: number[] = [];
  /** Public, so that what is read is used. */
  readCharacters = 0;

  constructor(work: Work) {
    this.#work = work;
    process.on('message', (question: unknown) => {
      if (question === 'count') process.send?.(this.#count);
      if (question === 'latencies') process.send?.(this.#takeLatencies());
    });
  }

  /** Handles one event; a promise only where the work is to wait. */
  handle(event: ReadableEvent): Promise<void> | undefined {
    if (this.#work.measuresLatency) this.#noteLatency(event.body);
    if (this.#work.readsProperties) {
      for (const name in event.properties) this.readCharacters += String(event.properties[name]).length;
    }
    const { handlerMs, unwaitedEvents } = this.#work;
    if (handlerMs > 0 && this.#count >= unwaitedEvents) return this.#wait();
    this.#count += 1;
    return undefined;
  }

  async #wait(): Promise<void> {
    await sleep(this.#work.handlerMs);
    this.#count += 1;
  }

  #noteLatency(body: Uint8Array): void {
    const sentNs = BigInt(Buffer.from(body.buffer, body.byteOffset, timeDigits).toString('latin1'));
    this.#latenciesNs.push(Number(process.hrtime.bigint() - sentNs));
  }

  #takeLatencies(): Latencies {
    const sorted = this.#latenciesNs.toSorted((a, b) => a - b);
    this.#latenciesNs = [];
    const at = (part: number): number => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN) / 1e6;
    return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
