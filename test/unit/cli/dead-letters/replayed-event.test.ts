import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayedEventOf } from '../../../../src/cli/dead-letters/replayed-event.ts';
import type { DeadLetter } from '../../../../src/engine/ports.ts';
import { receivedEventOf } from '../../../../src/testing/test-event.ts';
import type { TestEventFields } from '../../../../src/testing/test-event.ts';

describe('a replayed event', () => {
  it('is the original with the place it came from', () => {
    const letter = letterOf({ body: 'x', partitionKey: 'car-1', messageId: 'm', properties: { a: 1 } });
    assert.deepEqual(replayedEventOf(letter), {
      body: new TextEncoder().encode('x'),
      contentType: undefined,
      messageId: 'm',
      correlationId: undefined,
      properties: {
        a: 1,
        'eventhub-worker-replay-attempt': 1,
        'eventhub-worker-replay-of': `3:9:${letter.event.enqueuedAtMs}`,
      },
      target: { partitionKey: 'car-1' },
    });
  });

  it('goes back to its partition when it has no key', () => {
    assert.deepEqual(replayedEventOf(letterOf({})).target, { partitionId: '3' });
  });

  it('counts replays and keeps the first place over them', () => {
    const first = replayedEventOf(letterOf({}));
    const second = replayedEventOf(letterOf({ properties: first.properties, sequenceNumber: 77 }));
    assert.equal(second.properties['eventhub-worker-replay-attempt'], 2);
    assert.equal(
      second.properties['eventhub-worker-replay-of'],
      first.properties['eventhub-worker-replay-of'],
    );
  });

  it('starts again at 1 where the property holds nonsense', () => {
    for (const nonsense of ['many', -1, Number.NaN, null, {}]) {
      const letter = letterOf({ properties: { 'eventhub-worker-replay-attempt': nonsense } });
      assert.equal(replayedEventOf(letter).properties['eventhub-worker-replay-attempt'], 1);
    }
  });
});

function letterOf(fields: TestEventFields): DeadLetter {
  return {
    partitionId: '3',
    event: receivedEventOf(fields, fields.sequenceNumber ?? 9),
    reason: 'exhausted',
    error: 'no database',
    attempts: 5,
    deadLetteredAtMs: 1,
    workerId: 'worker-1',
  };
}
