// Which letters were replayed: lines in append blobs beside the letters, one blob a day. One request marks as many letters as
// were sent together; a mark in each letter's own metadata would take a request for each.
// A line names one version of a letter by its etag: a letter that is written again (its event failed once more) is pending again.

import type { BlobContainer } from './blob-container.ts';
import { groupPrefix } from './group-paths.ts';
import type { GroupName } from './group-paths.ts';

/** One version of a letter. */
export interface LetterVersion {
  readonly name: string;
  readonly etag: string;
}

/** A block takes 4 MB; a line some 80 bytes. */
const maxLinesPerBlock = 10_000;
const maxLogBytes = 512 * 1024 * 1024;

export class ReplayLog {
  readonly #container: BlobContainer;
  readonly #prefix: string;
  readonly #lettersPrefix: string;
  /** An append blob takes 50,000 blocks: a day that needs more goes on in another. */
  #part = 1;

  constructor(container: BlobContainer, group: GroupName) {
    this.#container = container;
    this.#lettersPrefix = groupPrefix(group);
    this.#prefix = `${this.#lettersPrefix}replayed/`;
  }

  /** When each version was replayed, by its `versionKey`. */
  async read(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const replayedAtMs = new Map<string, number>();
    for await (const { blobs } of this.#container.pages(this.#prefix, signal)) {
      for (const { name } of blobs) {
        const content = await this.#container.readContent(name, signal, maxLogBytes);
        for (const line of content?.toString('latin1').split('\n') ?? []) {
          const [letter, etag, ms] = line.split(' ');
          if (letter === undefined || etag === undefined || ms === undefined) continue;
          replayedAtMs.set(versionKey({ name: this.#lettersPrefix + letter, etag }), Number(ms));
        }
      }
    }
    return replayedAtMs;
  }

  /** Settles when all of them are marked. */
  async mark(versions: readonly LetterVersion[], replayedAtMs: number, signal: AbortSignal): Promise<void> {
    for (let from = 0; from < versions.length; from += maxLinesPerBlock) {
      const lines = versions
        .slice(from, from + maxLinesPerBlock)
        .map(({ name, etag }) => `${name.slice(this.#lettersPrefix.length)} ${etag} ${replayedAtMs}\n`);
      await this.#append(Buffer.from(lines.join('')), dayOf(replayedAtMs), signal);
    }
  }

  async #append(content: Buffer, day: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const name = `${this.#prefix}${day}-${this.#part}.log`;
      if ((await this.#container.append(name, content, signal)) === 'appended') return;
      this.#part += 1;
    }
  }
}

export function versionKey({ name, etag }: LetterVersion): string {
  return `${name} ${etag}`;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
