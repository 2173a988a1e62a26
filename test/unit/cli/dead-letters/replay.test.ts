import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetterArchive, DeadLetterEntry } from '../../../../src/cli/dead-letters/archive.ts';
import { positionOf } from '../../../../src/cli/dead-letters/archive.ts';
import { Replay } from '../../../../src/cli/dead-letters/replay.ts';
import type {
  OpenLetter,
  ReplayProgress,
  ReplayTarget,
  Verdict,
} from '../../../../src/cli/dead-letters/replay.ts';
import { WorkerError } from '../../../../src/engine/errors.ts';
import type { ReceivedEvent } from '../../../../src/engine/event.ts';
import { keyed, openLetterOf } from '../../../support/dead-letter.ts';

const taken: Verdict = { kind: 'taken', isLabelled: true };

describe('the replay of dead letters', () => {
  it('marks each letter after it was taken, and leaves it out the next time', async () => {
    const archive = new MemoryArchive(3000);
    const given: string[] = [];
    const progress = await run(
      archive,
      takes((letter) => void given.push(idOf(letter))),
    );
    assert.deepEqual(progress, {
      replayed: 3000,
      unlabelled: 0,
      failed: 0,
      unmarked: 0,
      missing: 0,
      found: 3000,
      isFoundAll: true,
    });
    assert.equal(new Set(given).size, 3000);
    assert.equal(
      (
        await run(
          archive,
          takes(() => assert.fail('replayed twice')),
        )
      ).replayed,
      0,
    );
  });

  it('G2: keeps the order of a lane and goes side by side over lanes', async () => {
    const archive = new MemoryArchive(600, (index) => `key-${index % 3}`);
    const byKey = new Map<string, number[]>();
    let running = 0;
    let widest = 0;
    await run(archive, {
      laneOf: ({ event }) => event.partitionKey,
      async send(letters) {
        running += 1;
        widest = Math.max(widest, running);
        await new Promise(setImmediate);
        running -= 1;
        const some = letters.slice(0, 7);
        for (const { event } of some) {
          const key = event.partitionKey ?? '';
          byKey.set(key, [...(byKey.get(key) ?? []), event.sequenceNumber]);
        }
        return some.map(() => taken);
      },
    });
    assert.equal(widest, 3);
    for (const [key, numbers] of byKey) {
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        key,
      );
    }
  });

  it('sends what waits in a lane together', async () => {
    const archive = new MemoryArchive(1000, () => 'one key');
    const sizes: number[] = [];
    await run(archive, {
      laneOf: () => 'one',
      async send(letters) {
        sizes.push(letters.length);
        await new Promise(setImmediate);
        return letters.map(() => taken);
      },
    });
    assert.ok(sizes.length < 30, `${sizes.length} sends`);
  });

  it('leaves what the target does not take, tells why, and goes on', async () => {
    const archive = new MemoryArchive(3);
    const failures: string[] = [];
    const progress = await run(
      archive,
      {
        laneOf: () => 'one',
        send: async ([letter]) => [
          letter?.event.sequenceNumber === 1 ? { kind: 'refused', error: new Error('hub says no') } : taken,
        ],
      },
      { failures },
    );
    assert.deepEqual([progress.replayed, progress.failed], [2, 1]);
    assert.deepEqual(failures, ['0/1: hub says no']);
    assert.deepEqual(archive.pending(), ['0/1']);
  });

  it('ends when the target cannot be used, and marks what was taken before', async () => {
    const archive = new MemoryArchive(5000);
    const down = new WorkerError('EHW_EVENT_HUB_UNREACHABLE', { host: 'h', reason: 'gone' });
    let sends = 0;
    const target: ReplayTarget = {
      laneOf: () => 'one',
      async send(letters) {
        sends += 1;
        if (sends > 2) throw down;
        return letters.slice(0, 10).map(() => taken);
      },
    };
    const replay = replayOf(archive, target);
    await assert.rejects(replay.run(new AbortController().signal), down);
    assert.equal(sends, 3);
    assert.ok(replay.progress.replayed > 0);
    assert.equal(archive.pending().length, 5000 - replay.progress.replayed);
  });

  it('ends when a mark cannot be written, and says what was taken without one', async () => {
    const archive = new MemoryArchive(2000);
    archive.markReplayed = async () => {
      throw new Error('storage is down');
    };
    const failures: string[] = [];
    const replay = replayOf(
      archive,
      takes(() => {}),
      { failures },
    );
    await assert.rejects(replay.run(new AbortController().signal), /storage is down/);
    assert.equal(replay.progress.replayed, 0);
    assert.ok(replay.progress.unmarked > 0 && replay.progress.unmarked <= 1000);
    assert.equal(failures.length, replay.progress.unmarked);
    assert.match(failures[0] ?? '', /replayed, but not marked as such: storage is down/);
  });

  it('skips a blob that is no letter and one that went away, and ends when the store is down', async () => {
    const archive = new MemoryArchive(4);
    const read = archive.readEvent.bind(archive);
    archive.readEvent = async (entry) => {
      if (entry.sequenceNumber === 1) return undefined;
      if (entry.sequenceNumber === 2) throw new WorkerError('EHW_RECORD_INVALID', { blob: 'x', reason: 'y' });
      return read(entry);
    };
    const progress = await run(
      archive,
      takes(() => {}),
    );
    assert.deepEqual([progress.replayed, progress.failed, progress.missing], [2, 1, 1]);
    archive.readEvent = async () => {
      throw new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'gone' });
    };
    await assert.rejects(
      run(
        archive,
        takes(() => {}),
      ),
      { code: 'EHW_STORAGE_UNREACHABLE' },
    );
  });

  it('finishes and marks what was begun when it is interrupted, and starts nothing more', async () => {
    const archive = new MemoryArchive(5000);
    const abortion = new AbortController();
    const given: string[] = [];
    const target: ReplayTarget = {
      laneOf: () => 'one',
      async send(letters, signal) {
        assert.equal(signal.aborted, false);
        given.push(...letters.map(idOf));
        if (given.length >= 40) abortion.abort();
        await new Promise(setImmediate);
        assert.equal(signal.aborted, false);
        return letters.map(() => taken);
      },
    };
    const interrupted = await run(archive, target, { signal: abortion.signal });
    assert.equal(interrupted.replayed, given.length);
    assert.equal(archive.pending().length, 5000 - given.length);
    assert.ok(given.length < 1000);
    await run(
      archive,
      takes((letter) => void given.push(idOf(letter))),
    );
    assert.equal(given.length, 5000);
    assert.equal(new Set(given).size, 5000);
  });

  it('G7: holds no more letters and bytes than its bounds', async () => {
    const archive = new MemoryArchive(500, undefined, 1_500_000);
    let open = 0;
    let most = 0;
    const read = archive.readEvent.bind(archive);
    archive.readEvent = async (entry) => {
      open += 1;
      most = Math.max(most, open);
      return read(entry);
    };
    archive.onMarked = (count) => void (open -= count);
    const progress = await run(archive, {
      laneOf: () => undefined,
      async send() {
        await new Promise(setImmediate);
        return [taken];
      },
    });
    assert.equal(progress.replayed, 500);
    assert.ok(most * 1_500_000 < 70 * 1024 * 1024, `${most} letters`);
  });

  it('counts those that went without our properties', async () => {
    const target: ReplayTarget = {
      laneOf: () => 'one',
      send: async (letters) =>
        letters.map(({ entry }) => ({ kind: 'taken', isLabelled: entry.sequenceNumber > 0 })),
    };
    assert.equal((await run(new MemoryArchive(5), target)).unlabelled, 1);
  });
});

class MemoryArchive implements Pick<DeadLetterArchive, 'list' | 'readEvent' | 'markReplayed'> {
  readonly #letters: readonly OpenLetter[];
  readonly #replayedAtMs = new Map<string, number>();
  onMarked: (count: number) => void = () => {};

  constructor(
    count: number,
    keyOf: (index: number) => string | undefined = () => undefined,
    sizeBytes = 100,
  ) {
    this.#letters = Array.from({ length: count }, (_, sequenceNumber) => {
      const key = keyOf(sequenceNumber);
      const message = {
        body: { data: [] },
        ...(key === undefined ? {} : { messageAnnotations: keyed(key) }),
      };
      const { entry, event } = openLetterOf({ sequenceNumber, message });
      return { entry: { ...entry, sizeBytes }, event };
    });
  }

  async *list(): AsyncGenerator<DeadLetterEntry> {
    for (const { entry } of this.#letters) {
      const replayedAtMs = this.#replayedAtMs.get(positionOf(entry));
      if (replayedAtMs === undefined) yield entry;
    }
  }

  async readEvent(entry: DeadLetterEntry): Promise<ReceivedEvent | undefined> {
    return this.#letters[entry.sequenceNumber]?.event;
  }

  async markReplayed(entries: readonly DeadLetterEntry[], replayedAtMs: number): Promise<void> {
    for (const entry of entries) this.#replayedAtMs.set(positionOf(entry), replayedAtMs);
    this.onMarked(entries.length);
  }

  pending(): readonly string[] {
    return this.#letters.map(idOf).filter((id) => !this.#replayedAtMs.has(id));
  }
}

interface RunOptions {
  readonly failures?: string[];
  readonly signal?: AbortSignal;
}

function replayOf(archive: MemoryArchive, target: ReplayTarget, { failures = [] }: RunOptions = {}): Replay {
  return new Replay({
    archive,
    target,
    letters: archive.list(),
    nowMs: () => 5,
    pace: async () => {},
    onFailure: (id, reason) => void failures.push(`${id}: ${reason}`),
  });
}

async function run(
  archive: MemoryArchive,
  target: ReplayTarget,
  options: RunOptions = {},
): Promise<ReplayProgress> {
  const replay = replayOf(archive, target, options);
  await replay.run(options.signal ?? new AbortController().signal);
  return replay.progress;
}

/** Takes one letter at a time, all in one lane. */
function takes(take: (letter: OpenLetter) => void): ReplayTarget {
  return {
    laneOf: () => 'one',
    async send(letters) {
      letters.forEach(take);
      return letters.map(() => taken);
    },
  };
}

function idOf({ entry }: OpenLetter): string {
  return positionOf(entry);
}
