import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetterArchive, DeadLetterEntry } from '../../../../src/cli/dead-letters/archive.ts';
import { letterId } from '../../../../src/cli/dead-letters/archive.ts';
import { replay } from '../../../../src/cli/dead-letters/replay.ts';
import type { ReplayProgress, ReplayTarget } from '../../../../src/cli/dead-letters/replay.ts';
import { selectionOf } from '../../../../src/cli/dead-letters/selection.ts';
import { WorkerError } from '../../../../src/engine/errors.ts';
import type { DeadLetter } from '../../../../src/engine/ports.ts';
import { receivedEventOf } from '../../../../src/testing/test-event.ts';

describe('the replay of dead letters', () => {
  it('marks each letter after it was taken, and leaves it out the next time', async () => {
    const archive = new MemoryArchive(100);
    const taken: string[] = [];
    assert.deepEqual(await run(archive, async (letter) => void taken.push(idOf(letter))), {
      replayed: 100,
      failed: 0,
      unmarked: 0,
      missing: 0,
    });
    assert.equal(new Set(taken).size, 100);
    assert.equal((await run(archive, async () => assert.fail('replayed twice'))).replayed, 0);
  });

  it('keeps the order of a key and goes side by side over keys', async () => {
    const archive = new MemoryArchive(60, (index) => `key-${index % 3}`);
    const byKey = new Map<string, number[]>();
    let running = 0;
    let widest = 0;
    await run(archive, async ({ event }) => {
      running += 1;
      widest = Math.max(widest, running);
      await new Promise(setImmediate);
      running -= 1;
      const key = event.partitionKey ?? '';
      byKey.set(key, [...(byKey.get(key) ?? []), event.sequenceNumber]);
    });
    for (const numbers of byKey.values())
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      );
    assert.equal(widest, 3);
  });

  it('leaves what the target does not take, tells why, and goes on', async () => {
    const archive = new MemoryArchive(3);
    const failures: string[] = [];
    const progress = await run(
      archive,
      async (letter) => {
        if (letter.event.sequenceNumber === 1) throw new Error('hub says no');
      },
      failures,
    );
    assert.deepEqual(progress, { replayed: 2, failed: 1, unmarked: 0, missing: 0 });
    assert.deepEqual(failures, ['0/1: hub says no']);
    assert.deepEqual(archive.pending(), ['0/1']);
  });

  it('says so when a letter was taken but could not be marked', async () => {
    const archive = new MemoryArchive(2);
    archive.markReplayed = async () => {
      throw new Error('storage is down');
    };
    const failures: string[] = [];
    const progress = await run(archive, async () => {}, failures);
    assert.deepEqual(progress, { replayed: 0, failed: 0, unmarked: 2, missing: 0 });
    assert.match(failures[0] ?? '', /replayed, but not marked as such: storage is down/);
  });

  it('skips a blob that is no letter and one that went away, and ends when the store is down', async () => {
    const archive = new MemoryArchive(4);
    const read = archive.read.bind(archive);
    archive.read = async (partitionId, sequenceNumber) => {
      if (sequenceNumber === 1) return undefined;
      if (sequenceNumber === 2) throw new WorkerError('EHW_RECORD_INVALID', { blob: 'x', reason: 'y' });
      return read(partitionId, sequenceNumber);
    };
    assert.deepEqual(await run(archive, async () => {}), { replayed: 2, failed: 1, unmarked: 0, missing: 1 });
    archive.read = async () => {
      throw new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'gone' });
    };
    await assert.rejects(
      run(archive, async () => {}),
      { code: 'EHW_STORAGE_UNREACHABLE' },
    );
  });

  it('finishes and marks what was begun when it is interrupted, and starts nothing more', async () => {
    const archive = new MemoryArchive(500, () => 'one key');
    const abortion = new AbortController();
    const taken: string[] = [];
    const interrupted = await run(
      archive,
      async (letter, signal) => {
        assert.equal(signal.aborted, false);
        taken.push(idOf(letter));
        if (taken.length === 40) abortion.abort();
      },
      [],
      abortion.signal,
    );
    assert.equal(interrupted.replayed, 40);
    assert.equal(archive.pending().length, 460);
    await run(archive, async (letter) => void taken.push(idOf(letter)));
    assert.equal(taken.length, 500);
    assert.equal(new Set(taken).size, 500);
  });
});

class MemoryArchive implements DeadLetterArchive {
  readonly #letters: readonly DeadLetter[];
  readonly #replayedAtMs = new Map<string, number>();

  constructor(count: number, keyOf: (index: number) => string | undefined = () => undefined) {
    this.#letters = Array.from({ length: count }, (_, index) => letterOf(index, keyOf(index)));
  }

  async *list(): AsyncGenerator<DeadLetterEntry> {
    for (const { partitionId, event, reason, error, attempts, deadLetteredAtMs } of this.#letters) {
      const { sequenceNumber } = event;
      const replayedAtMs = this.#replayedAtMs.get(letterId({ partitionId, sequenceNumber }));
      yield { partitionId, sequenceNumber, reason, error, attempts, deadLetteredAtMs, replayedAtMs };
    }
  }

  async read(partitionId: string, sequenceNumber: number): Promise<DeadLetter | undefined> {
    return this.#letters.find((letter) => idOf(letter) === letterId({ partitionId, sequenceNumber }));
  }

  async markReplayed(partitionId: string, sequenceNumber: number, replayedAtMs: number): Promise<void> {
    this.#replayedAtMs.set(letterId({ partitionId, sequenceNumber }), replayedAtMs);
  }

  pending(): readonly string[] {
    return this.#letters.map(idOf).filter((id) => !this.#replayedAtMs.has(id));
  }
}

function run(
  archive: DeadLetterArchive,
  target: ReplayTarget,
  failures: string[] = [],
  signal: AbortSignal = new AbortController().signal,
): Promise<ReplayProgress> {
  const onFailure = (id: string, reason: string): void => void failures.push(`${id}: ${reason}`);
  const selection = selectionOf([], {}, false);
  return replay({ archive, target, selection, nowMs: () => 5, onProgress: () => {}, onFailure }, signal);
}

function idOf(letter: DeadLetter): string {
  return letterId({ partitionId: letter.partitionId, sequenceNumber: letter.event.sequenceNumber });
}

function letterOf(sequenceNumber: number, partitionKey: string | undefined): DeadLetter {
  return {
    partitionId: '0',
    event: receivedEventOf(partitionKey === undefined ? {} : { partitionKey }, sequenceNumber),
    reason: 'exhausted',
    error: 'no database',
    attempts: 5,
    deadLetteredAtMs: 1,
    workerId: 'worker-1',
  };
}
