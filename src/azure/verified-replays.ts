// Believes what an event says of its replay when its letter is in the dead-letter container and holds the same body: only who may
// write there, or may send the very event that failed, can make that up.

import { createHash } from 'node:crypto';
import { section, SectionCursor } from '../codec/section.ts';
import type { Message } from '../engine/event.ts';
import { statedReplay } from '../engine/handling/replays.ts';
import type { Replay, ReplayReader } from '../engine/handling/replays.ts';
import type { DeadLetterId } from './dead-letter-id.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';

/** Letters remembered by the digest of their body: replays of one letter come close together. */
const maxRemembered = 1000;

export class VerifiedReplays implements ReplayReader {
  readonly #letters: Pick<DeadLetterStore, 'read'>;
  /** By idempotency key; only letters that were found. */
  readonly #digests = new Map<string, string>();

  constructor(letters: Pick<DeadLetterStore, 'read'>) {
    this.#letters = letters;
  }

  async read(event: { readonly message: Message }, signal: AbortSignal): Promise<Replay | undefined> {
    const stated = statedReplay(event);
    if (stated === undefined) return undefined;
    const digest = this.#digests.get(stated.of) ?? (await this.#digestOfLetter(stated.of, signal));
    return digest !== undefined && digest === bodyDigest(event.message) ? stated : undefined;
  }

  async #digestOfLetter(of: string, signal: AbortSignal): Promise<string | undefined> {
    const id = idOf(of);
    if (id === undefined) return undefined;
    const found = (await this.#letters.read(id, signal)) ?? (await this.#versionOne(id, signal));
    if (found === undefined) return undefined;
    const digest = bodyDigest(found.event.message);
    for (const oldest of this.#digests.keys()) {
      if (this.#digests.size < maxRemembered) break;
      this.#digests.delete(oldest);
    }
    this.#digests.set(of, digest);
    return digest;
  }

  /** Version 1 named its letters without the time: it stands inside. */
  async #versionOne(id: DeadLetterId, signal: AbortSignal): ReturnType<DeadLetterStore['read']> {
    const letter = await this.#letters.read({ ...id, enqueuedAtMs: undefined }, signal);
    return letter?.event.enqueuedAtMs === id.enqueuedAtMs ? letter : undefined;
  }
}

/** The inverse of `idempotencyKeyOf`. */
function idOf(key: string): DeadLetterId | undefined {
  const [, partitionId, sequenceNumber, enqueuedAtMs] =
    /^([^/:\s]{1,64}):(\d{1,16}):(\d{1,16})$/.exec(key) ?? [];
  if (partitionId === undefined) return undefined;
  return { partitionId, sequenceNumber: Number(sequenceNumber), enqueuedAtMs: Number(enqueuedAtMs) };
}

function bodyDigest({ encoded }: Message): string {
  const hash = createHash('sha256');
  const cursor = new SectionCursor(encoded, 0, encoded.length);
  while (cursor.advance()) {
    if (cursor.code >= section.data && cursor.code <= section.value) {
      hash.update(encoded.subarray(cursor.start, cursor.next));
    }
  }
  return hash.digest('base64');
}
