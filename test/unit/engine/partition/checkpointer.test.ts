import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WorkerError } from '../../../../src/engine/errors.ts';
import type { Checkpoint } from '../../../../src/engine/leases/records.ts';
import { Checkpointer } from '../../../../src/engine/partition/checkpointer.ts';
import { CheckpointWriter } from '../../../../src/engine/partition/checkpoint-writer.ts';
import { Watermark } from '../../../../src/engine/partition/watermark.ts';
import type { WriteResult } from '../../../../src/engine/ports.ts';
import { Deferred } from '../../../support/deferred.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const busy = new WorkerError('EHW_STORAGE_FAILED', { reason: '503' });

test('G4: a stop does not call a checkpoint stored while the write that carries it can still fail', async () => {
  const clock = new VirtualClock();
  const writes: { readonly checkpoint: Checkpoint; readonly answer: Deferred<WriteResult> }[] = [];
  const writer = new CheckpointWriter({
    partitionId: '0',
    generation: 1,
    store: {
      readCheckpoint: () => Promise.resolve(undefined),
      writeCheckpoint: (checkpoint) => {
        const answer = new Deferred<WriteResult>();
        writes.push({ checkpoint, answer });
        return answer.promise;
      },
    },
    clock,
    callTimeoutMs: 60_000,
  });
  const never = new AbortController().signal;
  const checkpointer = new Checkpointer({
    partitionId: '0',
    writer,
    watermark: new Watermark('0', { sequenceNumber: 7, offset: '@7' }),
    carried: undefined,
    settings: { everyEvents: 100, everyMs: 1_000, idleMs: 1_000 },
    clock,
    random: new SeededRandom(1),
    report: () => {},
    fenced: () => {},
    signal: never,
  });
  checkpointer.noteFinished(3, 0);

  // 1. the drain's write fails and waits  2. so does the stop's  3. the drain's next write takes the events along
  // 4. the stop wakes and finds nothing left to write  5. that write fails, too.
  const answers: boolean[] = [];
  for (const signal of [never, never]) {
    void checkpointer.writeRest('drain', signal).then((isStored) => answers.push(isStored));
  }
  for (let failures = 0; failures < 6; failures += 1) {
    await clock.runUntil(() => writes.at(-1)?.answer.isSettled === false, 5_000);
    await clock.advance(2_000);
    assert.deepEqual(answers, [], 'nothing is stored yet');
    writes.at(-1)?.answer.reject(busy);
    await clock.settle();
  }
  await clock.runUntil(() => writes.at(-1)?.answer.isSettled === false, 5_000);
  writes.at(-1)?.answer.resolve({ kind: 'stored', etag: '1' });
  await clock.advance(5_000);
  assert.deepEqual(answers, [true, true]);
});
