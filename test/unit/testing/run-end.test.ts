import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunEnd } from '../../../src/testing/run-end.ts';

describe('the end of a test run', () => {
  it('is reached at once without events', async () => {
    await new RunEnd(new Map()).reached;
  });

  it('is reached when every event of every partition finished', async () => {
    const end = new RunEnd(
      new Map([
        ['0', 2],
        ['1', 1],
      ]),
    );
    const isReached = observe(end);
    end.note(finished('0', 2));
    assert.equal(await isReached(), false);
    end.note(finished('1', 1));
    assert.equal(await isReached(), true);
  });

  it('does not wait for a partition that was stopped', async () => {
    const end = new RunEnd(new Map([['0', 2]]));
    const isReached = observe(end);
    end.note({ kind: 'lease', partitionId: '0', change: 'stopped', generation: 1, why: 'policy' });
    assert.equal(await isReached(), true);
  });

  it('is reached when blocked events are tried again and again and nothing else moves', async () => {
    const end = new RunEnd(new Map([['0', 4]]));
    const isReached = observe(end);
    end.note(blocked());
    end.note(blocked());
    end.note(finished('0', 1));
    end.note(blocked());
    end.note(blocked());
    assert.equal(await isReached(), false);
    end.note(blocked());
    assert.equal(await isReached(), true);
  });
});

function observe(end: RunEnd): () => Promise<boolean> {
  let isReached = false;
  void end.reached.then(() => (isReached = true));
  return async () => {
    await new Promise(setImmediate);
    return isReached;
  };
}

function finished(partitionId: string, events: number) {
  return { kind: 'finished', partitionId, outcome: 'handled', events, durationMs: 0 } as const;
}

function blocked() {
  return {
    kind: 'blocked',
    partitionId: '0',
    sequenceNumber: 1,
    attempts: 5,
    error: new Error('x'),
  } as const;
}
