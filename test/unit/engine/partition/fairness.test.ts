// Who waits for whom: an event waits for its own key, and for nothing else but its turn.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineHandler } from '../../../../src/engine/handling/handler.ts';
import type { EventResult } from '../../../../src/engine/handling/handler.ts';
import type { DeadLetterSink } from '../../../../src/engine/ports.ts';
import type { EngineSettings } from '../../../../src/engine/settings.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import type { World } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

function withHandling(changes: Partial<EngineSettings['handling']>): EngineSettings {
  return { ...worldSettings, handling: { ...worldSettings.handling, ...changes } };
}

/** The first `bad` events have a failing key each, the others a healthy one of a thousand. */
function worldWithBadKeys(bad: number): World {
  return engineWorld(['0'], (_, sequenceNumber) =>
    receivedEvent({
      sequenceNumber,
      partitionKey: sequenceNumber < bad ? `bad${sequenceNumber}` : `good${sequenceNumber % 1_000}`,
    }),
  );
}

const refusing: DeadLetterSink = {
  put: async () => {
    throw new Error('403');
  },
};

describe('healthy events', () => {
  it('go on while the dead-letter store hangs and 200 keys fail', async () => {
    const world = worldWithBadKeys(200);
    let healthy = 0;
    const handler = defineHandler({
      onEvent(event, context) {
        if (event.partitionKey?.startsWith('bad') === true) context.deadLetter('bad');
        else healthy += 1;
      },
    });
    const hanging: DeadLetterSink = { put: () => new Promise(() => {}) };
    await world.start(handler, worldSettings, hanging);
    world.hub.grow('0', 200);
    await world.clock.advance(60_000);
    world.hub.grow('0', 5_000);
    await world.clock.advance(60_000);
    assert.equal(healthy, 5_000);
  });

  it('go on while 400 blocked keys fail after 20 s each', async () => {
    const world = worldWithBadKeys(400);
    let healthy = 0;
    const handler = defineHandler({
      async onEvent(event) {
        if (event.partitionKey?.startsWith('bad') === true) {
          await world.clock.sleep(20_000);
          throw new Error('the downstream of this tenant is down');
        }
        healthy += 1;
      },
    });
    await world.start(handler, withHandling({ onExhausted: 'block', retryMaxMs: 30_000 }));
    world.hub.grow('0', 400);
    await world.clock.advance(120_000);
    world.hub.grow('0', 2_000);
    await world.clock.advance(600_000);
    assert.equal(healthy, 2_000);
  });

  it('have their turn after at most two per event before them, however much is tried again', async () => {
    const world = worldWithBadKeys(300);
    const turns: number[] = [];
    const handler = defineHandler({
      async onEvent({ sequenceNumber }) {
        turns.push(sequenceNumber);
        await world.clock.sleep(1);
        if (sequenceNumber < 300) throw new Error('not yet');
      },
    });
    // One call at a time, and retries that are ready at once.
    const settings = withHandling({
      concurrency: 1,
      partitionConcurrency: 1,
      onExhausted: 'block',
      retryMinMs: 1,
      retryMaxMs: 1,
    });
    await world.start(handler, settings);
    world.hub.grow('0', 300);
    await world.clock.advance(1_000);
    const before = turns.length;
    world.hub.grow('0', 200);
    await world.clock.advance(2_000);
    const lastHealthy = turns.lastIndexOf(499);
    assert.ok(
      lastHealthy > 0 && lastHealthy - before <= 2 * 200 + 400,
      `after ${lastHealthy - before} turns`,
    );
  });
});

describe('a batch', () => {
  const tenKeys = (): World =>
    engineWorld(['0'], (_, sequenceNumber) =>
      receivedEvent({ sequenceNumber, partitionKey: `k${sequenceNumber % 10}` }),
    );

  for (const form of ['a result', 'a throw'] as const) {
    it(`G2: keeps only the key of an event that blocks, told by ${form}`, async () => {
      const world = tenKeys();
      const handled = new Set<number>();
      const handler = defineHandler({
        batch: { maxEvents: 10, maxWaitMs: 100 },
        onBatch(events): EventResult[] {
          if (form === 'a throw' && events.some(({ sequenceNumber }) => sequenceNumber === 0)) {
            throw new Error('poison');
          }
          return events.map(({ sequenceNumber }) => {
            if (sequenceNumber === 0) return { ok: false, error: new Error('poison') };
            handled.add(sequenceNumber);
            return { ok: true };
          });
        },
      });
      await world.start(handler, withHandling({ onExhausted: 'block' }));
      world.hub.grow('0', 10);
      await world.clock.advance(60_000);
      world.hub.grow('0', 90);
      await world.clock.advance(600_000);
      assert.equal(handled.size, 90);
      assert.ok([...handled].every((sequenceNumber) => sequenceNumber % 10 !== 0));
    });
  }

  it('G2: keeps only the key of a letter that cannot be stored', async () => {
    const world = tenKeys();
    const handled = new Set<number>();
    const handler = defineHandler({
      batch: { maxEvents: 10, maxWaitMs: 100 },
      onBatch: (events): EventResult[] =>
        events.map(({ sequenceNumber }) => {
          if (sequenceNumber === 0) return { deadLetter: 'bad' };
          handled.add(sequenceNumber);
          return undefined;
        }),
    });
    await world.start(handler, worldSettings, refusing);
    world.hub.grow('0', 10);
    await world.clock.advance(10_000);
    world.hub.grow('0', 90);
    await world.clock.advance(600_000);
    assert.equal(handled.size, 90);
  });

  it('G2: keeps the order of a key over halves, with poison in it', async () => {
    const world = engineWorld(['0'], (_, sequenceNumber) =>
      receivedEvent({ sequenceNumber, partitionKey: `k${sequenceNumber % 3}` }),
    );
    const handled: number[] = [];
    const handler = defineHandler({
      batch: { maxEvents: 12, maxWaitMs: 100 },
      onBatch(events) {
        if (events.some(({ sequenceNumber }) => sequenceNumber === 4)) throw new Error('poison');
        handled.push(...events.map(({ sequenceNumber }) => sequenceNumber));
      },
    });
    await world.start(handler);
    world.hub.grow('0', 12);
    await world.clock.advance(600_000);
    for (const key of [0, 1, 2]) {
      const ofKey = handled.filter((sequenceNumber) => sequenceNumber % 3 === key);
      assert.deepEqual(
        ofKey,
        ofKey.toSorted((a, b) => a - b),
      );
    }
    assert.equal(handled.length, 11);
  });

  it('leaves done what its handler reported as done, also behind a failed event of the same key', async () => {
    const world = engineWorld(['0'], (_, sequenceNumber) =>
      receivedEvent({ sequenceNumber, partitionKey: 'a' }),
    );
    const calls: number[][] = [];
    const handler = defineHandler({
      batch: { maxEvents: 10, maxWaitMs: 50 },
      onBatch(events): EventResult[] {
        calls.push(events.map(({ sequenceNumber }) => sequenceNumber));
        return events.map(({ sequenceNumber }) =>
          sequenceNumber === 0 && calls.length === 1 ? { ok: false, error: new Error('busy') } : undefined,
        );
      },
    });
    await world.start(handler);
    world.hub.grow('0', 3);
    await world.clock.advance(60_000);
    assert.deepEqual(calls, [[0, 1, 2], [0]]);
  });
});
