import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endEveryMs, PartitionEnd } from '../../../src/azure/partition-end.ts';
import type { PartitionProperties } from '../../../src/engine/event.ts';
import { receivedEventOf } from '../../../src/testing/test-event.ts';

describe('the end of a partition beside its link', () => {
  it('is at least the last event of each batch', () => {
    const { end } = setUp();
    assert.equal(end.sayWith(batch(7, 8))?.sequenceNumber, 8);
  });

  it('is read with the first batch and said with the next, once', async () => {
    const { end, reads } = setUp();
    end.sayWith(batch(0));
    assert.equal(reads.length, 1);
    reads[0]?.resolve(propertiesOf(500));
    await turn();
    assert.equal(end.sayWith(batch(1))?.sequenceNumber, 500);
    assert.equal(end.sayWith(batch(2))?.sequenceNumber, 2);
  });

  it('is said with a heartbeat too, and a heartbeat alone reads nothing', async () => {
    const { end, reads } = setUp();
    assert.equal(end.sayWith([]), undefined);
    assert.equal(reads.length, 0);
    end.sayWith(batch(0));
    reads[0]?.resolve(propertiesOf(500));
    await turn();
    assert.equal(end.sayWith([])?.sequenceNumber, 500);
    assert.equal(end.sayWith([]), undefined);
  });

  it('never goes back behind the events that came meanwhile', async () => {
    const { end, reads } = setUp();
    end.sayWith(batch(0));
    reads[0]?.resolve(propertiesOf(500));
    await turn();
    assert.equal(end.sayWith(batch(600))?.sequenceNumber, 600);
  });

  it('is read again after its interval, one read at a time, also after a failed one', async () => {
    const { end, reads, clock } = setUp();
    end.sayWith(batch(0));
    clock.nowMs = 60_000;
    end.sayWith(batch(1));
    assert.equal(reads.length, 1, 'the first read is still under way');
    reads[0]?.reject(new Error('busy'));
    await turn();
    end.sayWith(batch(2));
    assert.equal(reads.length, 2);
    clock.nowMs = 64_999;
    reads[1]?.resolve(propertiesOf(3));
    await turn();
    end.sayWith(batch(3));
    assert.equal(reads.length, 2);
    clock.nowMs = 65_000;
    end.sayWith(batch(4));
    assert.equal(reads.length, 3);
  });

  it('asks the service at most 20 times a second, however many partitions there are', () => {
    assert.equal(endEveryMs(1), 5000);
    assert.equal(endEveryMs(32), 5000);
    assert.equal(endEveryMs(1024), 51_200);
  });
});

function setUp() {
  const reads: PromiseWithResolvers<PartitionProperties>[] = [];
  const clock = { nowMs: 0 };
  const end = new PartitionEnd({
    clock: { nowMs: () => clock.nowMs, monotonicMs: () => clock.nowMs, schedule: () => () => {} },
    everyMs: () => 5000,
    read: () => {
      const read = Promise.withResolvers<PartitionProperties>();
      reads.push(read);
      return read.promise;
    },
  });
  return { end, reads, clock };
}

function batch(...sequenceNumbers: readonly number[]) {
  return sequenceNumbers.map((sequenceNumber) => receivedEventOf({}, sequenceNumber));
}

function propertiesOf(lastSequenceNumber: number): PartitionProperties {
  return {
    partitionId: '0',
    beginSequenceNumber: 0,
    lastSequenceNumber,
    lastOffset: '1',
    lastEnqueuedAtMs: 1,
    isEmpty: false,
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
