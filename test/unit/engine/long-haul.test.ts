// Claims about long times and large numbers, on the whole engine and a virtual clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineHandler } from '../../../src/engine/handling/handler.ts';
import { maxCompletedCharacters } from '../../../src/engine/partition/completed-map.ts';
import { engineWorld, worldSettings } from '../../support/engine-world.ts';
import { receivedEvent } from '../../support/received-event.ts';

const never = new Promise<void>(() => {});

test(
  'G1 G5 G7: one stuck key, a million events behind it: the others are handled, memory stays flat, a takeover repeats little',
  { timeout: 60_000 },
  async () => {
    const total = 1_000_001;
    const world = engineWorld(['0'], (_, sequenceNumber) =>
      receivedEvent({
        sequenceNumber,
        partitionKey: sequenceNumber === 0 ? 'stuck' : `key-${sequenceNumber % 1_000}`,
      }),
    );
    const handled = new Uint8Array(total);
    let heldBytes = 0;
    const stuckHandler = defineHandler({
      onEvent(event) {
        if (event.partitionKey === 'stuck') return never;
        handled[event.sequenceNumber] = (handled[event.sequenceNumber] ?? 0) + 1;
        return undefined;
      },
    });
    const worker = await world.start(stuckHandler);
    for (let minute = 0; minute < 10; minute += 1) {
      world.hub.grow('0', minute === 0 ? 100_001 : 100_000);
      await world.clock.advance(60_000);
      const [partition] = worker.status().partitions;
      assert.equal(partition?.inFlightEvents, 1);
      heldBytes = Math.max(heldBytes, partition.bufferedBytes);
    }
    assert.equal(heldBytes, 8, 'only the stuck event holds memory');
    assert.equal(
      handled.reduce((sum, count) => sum + count, 0),
      total - 1,
    );

    const last = world.group.written.at(-1);
    assert.equal(last?.sequenceNumber, -1, 'the checkpoint stays before the stuck event');
    assert.ok((last?.completed.length ?? 0) <= maxCompletedCharacters);
    assert.ok((last?.completed.length ?? 0) > 0);

    // More events; before they are flushed a new process takes over under the same id, as after a crash.
    world.hub.grow('0', 3_000);
    await world.clock.advance(100);
    const finishedUnflushed = 3_000;
    const repeated: number[] = [];
    const nextHandler = defineHandler({
      onEvent(event) {
        if (event.sequenceNumber === 0) return;
        if (event.sequenceNumber < total && handled[event.sequenceNumber] === 1)
          repeated.push(event.sequenceNumber);
      },
    });
    const lease = { ...worldSettings.lease, nonce: 'after the crash' };
    const next = await world.start(nextHandler, { ...worldSettings, lease });
    await world.clock.advance(30_000);
    assert.ok(repeated.length <= finishedUnflushed, `${repeated.length} events repeated`);
    assert.equal(next.status().partitions[0]?.checkpoint, total - 1 + 3_000);
  },
);

test(
  'G7: after an idle hour a burst of 100,000 events with a slow handler stays within the budget',
  { timeout: 60_000 },
  async () => {
    const world = engineWorld(['0', '1'], (_, sequenceNumber) =>
      receivedEvent({ sequenceNumber, body: new Uint8Array(1_024) }),
    );
    const slow = defineHandler({ onEvent: () => world.clock.sleep(1_000) });
    const budget = { maxInFlightEvents: 2_000, maxBufferedBytes: 1_500_000 };
    const worker = await world.start(slow, { ...worldSettings, budget });
    await world.clock.advance(3_600_000);
    world.hub.grow('0', 50_000);
    world.hub.grow('1', 50_000);
    let mostEvents = 0;
    let mostBytes = 0;
    for (let second = 0; second < 300; second += 1) {
      await world.clock.advance(1_000);
      const status = worker.status();
      mostEvents = Math.max(mostEvents, status.bufferedEvents);
      mostBytes = Math.max(mostBytes, status.bufferedBytes);
    }
    assert.ok(mostEvents > 1_000 && mostEvents <= budget.maxInFlightEvents, `${mostEvents} events`);
    assert.ok(mostBytes <= budget.maxBufferedBytes + 2 * 1_024, `${mostBytes} bytes`);
  },
);

test(
  '10,000 events/s on 8 partitions: at most 2 checkpoint writes a second, and the tail within 5 s of idle',
  { timeout: 60_000 },
  async () => {
    const partitionIds = ['0', '1', '2', '3', '4', '5', '6', '7'];
    const world = engineWorld(partitionIds, (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
    await world.start(defineHandler({ onEvent: () => undefined }));
    const seconds = 60;
    const before = world.group.written.length;
    for (let second = 0; second < seconds; second += 1) {
      for (const partitionId of partitionIds) world.hub.grow(partitionId, 1_250);
      await world.clock.advance(1_000);
    }
    const perSecond = (world.group.written.length - before) / seconds;
    assert.ok(perSecond <= 2, `${perSecond} writes/s`);
    await world.clock.advance(5_000);
    for (const partitionId of partitionIds) {
      const stored = await world.group.readCheckpoint(partitionId);
      assert.equal(stored?.sequenceNumber, world.hub.countOf(partitionId) - 1);
    }
  },
);

test('G10: a handler that runs past its timeout is reported with its position and told to stop', async () => {
  const world = engineWorld(['0'], (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
  const aborted: string[] = [];
  const handler = defineHandler({
    onEvent: (event, context) =>
      new Promise<void>((resolve) => {
        context.signal.addEventListener('abort', () => {
          aborted.push(String(event.sequenceNumber));
          resolve();
        });
      }),
  });
  const handling = { ...worldSettings.handling, attemptTimeoutMs: 10_000 };
  await world.start(handler, { ...worldSettings, handling });
  world.hub.grow('0', 1);
  await world.clock.advance(9_500);
  assert.deepEqual(aborted, []);
  await world.clock.advance(1_000);
  assert.deepEqual(aborted, ['0']);
  const slow = world.reports.find((report) => report.kind === 'attempt.slow');
  assert.equal(slow?.sequenceNumber, 0);
});

test('a stuck partition is told as stalled, one that waits for events is not', async () => {
  const world = engineWorld(['0', '1'], (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
  const worker = await world.start(
    defineHandler({ onEvent: (event) => (event.partitionId === '0' ? never : undefined) }),
  );
  world.hub.grow('0', 1);
  world.hub.grow('1', 1);
  await world.clock.advance(61_000);
  assert.deepEqual(
    worker.status().partitions.map(({ stalled }) => stalled),
    [true, false],
  );
});

test('G1: a partition that is added later is read from its first event, also with a start at latest', async () => {
  const world = engineWorld(['0'], (_, sequenceNumber) => receivedEvent({ sequenceNumber }));
  world.hub.grow('0', 100);
  const seen: string[] = [];
  const handler = defineHandler({
    onEvent(event) {
      seen.push(event.partitionId);
    },
  });
  await world.start(handler, { ...worldSettings, start: { at: 'latest' } });
  world.hub.grow('1', 50);
  await world.clock.advance(400_000);
  assert.deepEqual(
    seen,
    Array.from({ length: 50 }, () => '1'),
  );
});
