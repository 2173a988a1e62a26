// What the service's texts about other receivers tell; the texts are the service's own, as issues quote them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRefusal } from '../../../src/azure/receiver-answer.ts';

const tracking =
  'TrackingId:b_B5S2, SystemTracker:ns:eventhub:orders~1|$default, Timestamp:2022-01-20T03:24:08';

describe('a refused receiver', () => {
  it('without an epoch tells the epoch of who is there', () => {
    const text = `At least one receiver for the endpoint is created with epoch of '22', and so non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected. ${tracking}`;
    assert.deepEqual(readRefusal(text), { kind: 'held', epoch: 22, receiver: undefined });
  });

  it('with a lower epoch tells the name too, unless it has none', () => {
    const text = (name: string) =>
      `Receiver '${name}' with a higher epoch '5' already exists. Receiver 'x' with epoch 0 cannot be created. ${tracking}`;
    assert.deepEqual(readRefusal(text('billing')), { kind: 'held', epoch: 5, receiver: 'billing' });
    assert.deepEqual(readRefusal(text('nil')), { kind: 'held', epoch: 5, receiver: undefined });
    const older = `A receiver with a higher epoch '23' already exists. A new receiver with epoch 20 cannot be created.`;
    assert.deepEqual(readRefusal(older), { kind: 'held', epoch: 23, receiver: undefined });
  });

  it('as the sixth of its kind tells the names of the five', () => {
    const text =
      'Exceeded the maximum number of allowed receivers per partition in a consumer group which is 5. List of connected receivers - a.b, c, nil';
    for (const end of ['', '.', `. ${tracking}`]) {
      assert.deepEqual(readRefusal(text + end), { kind: 'full', receivers: ['a.b', 'c'] }, end);
    }
  });

  it('for any other reason tells nothing', () => {
    assert.equal(readRefusal('The messaging entity could not be found.'), undefined);
    assert.equal(readRefusal(''), undefined);
  });
});
