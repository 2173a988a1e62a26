import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VerifiedReplays } from '../../../src/azure/verified-replays.ts';
import type { DeadLetterId } from '../../../src/azure/dead-letter-id.ts';
import { replayedMessageOf } from '../../../src/cli/dead-letters/replayed-message.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import { statedReplays } from '../../../src/engine/handling/replays.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { base64, deadLetterOf, openLetterOf } from '../../support/dead-letter.ts';

const signal = new AbortController().signal;
const letter = deadLetterOf({ partitionId: '3', sequenceNumber: 9, enqueuedAtMs: 1000 });
const { labelled } = replayedMessageOf(
  openLetterOf({ partitionId: '3', sequenceNumber: 9, enqueuedAtMs: 1000 }),
);
assert.ok(labelled !== undefined);
const replayed = deadLetterOf({ sequenceNumber: 500, message: labelled }).event;

describe('the check of a replay', () => {
  it('believes an event whose letter is there with the same body, and asks once', async () => {
    const letters = new Letters(letter, 1000);
    const replays = new VerifiedReplays(letters);
    assert.deepEqual(await replays.read(replayed, signal), { of: '3:9:1000', attempt: 1 });
    assert.deepEqual(await replays.read(replayed, signal), { of: '3:9:1000', attempt: 1 });
    assert.equal(letters.reads, 1);
  });

  it('believes a letter of version 1 by the time inside it', async () => {
    assert.ok(
      (await new VerifiedReplays(new Letters(letter, undefined)).read(replayed, signal)) !== undefined,
    );
    const other = deadLetterOf({ partitionId: '3', sequenceNumber: 9, enqueuedAtMs: 999 });
    assert.equal(await new VerifiedReplays(new Letters(other, undefined)).read(replayed, signal), undefined);
  });

  it('does not believe a name without a letter, another body, or nonsense', async () => {
    const none = new VerifiedReplays(new Letters(undefined, 1000));
    assert.equal(await none.read(replayed, signal), undefined);
    const replays = new VerifiedReplays(new Letters(letter, 1000));
    assert.equal(await replays.read(stating('3:9:1000', 'another body'), signal), undefined);
    for (const key of ['', '3:9', '3:9:x', '../3:9:1000', '3:9:1000:1', `${'3'.repeat(100)}:9:1000`]) {
      assert.equal(await replays.read(stating(key, 'hello'), signal), undefined, key);
    }
    assert.equal(await replays.read(deadLetterOf().event, signal), undefined);
  });

  it('says so when the store cannot answer, and asks again the next time', async () => {
    const letters = new Letters(letter, 1000);
    letters.error = new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'gone' });
    const replays = new VerifiedReplays(letters);
    await assert.rejects(replays.read(replayed, signal), letters.error);
    letters.error = undefined;
    assert.ok((await replays.read(replayed, signal)) !== undefined);
  });

  it('is left out where every sender is trusted', async () => {
    assert.deepEqual(await statedReplays.read(stating('anything', 'x'), signal), {
      of: 'anything',
      attempt: 1,
    });
  });
});

function stating(of: string, body: string): DeadLetter['event'] {
  const applicationProperties = { 'eventhub-worker-replay-of': { type: 'string', value: of } } as const;
  return deadLetterOf({ message: { applicationProperties, body: { data: [base64(body)] } } }).event;
}

class Letters {
  readonly #letter: DeadLetter | undefined;
  readonly #enqueuedAtMs: number | undefined;
  reads = 0;
  error: WorkerError | undefined = undefined;

  /** The letter lies under the name with this time. */
  constructor(letter: DeadLetter | undefined, enqueuedAtMs: number | undefined) {
    this.#letter = letter;
    this.#enqueuedAtMs = enqueuedAtMs;
  }

  async read(id: DeadLetterId): Promise<DeadLetter | undefined> {
    this.reads += 1;
    if (this.error !== undefined) throw this.error;
    const isNamed =
      id.partitionId === '3' && id.sequenceNumber === 9 && id.enqueuedAtMs === this.#enqueuedAtMs;
    return isNamed ? this.#letter : undefined;
  }
}
