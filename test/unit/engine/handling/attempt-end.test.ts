// What counts as finished, in both handler forms: an attempt that was told to stop and then returns has not handled anything.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineHandler } from '../../../../src/engine/handling/handler.ts';
import type { EventResult, Handler } from '../../../../src/engine/handling/handler.ts';
import type { EngineSettings } from '../../../../src/engine/settings.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import type { World } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

const forms = ['event', 'batch'] as const;

/** Works until it is told to stop, and then returns as most handlers do. Odd events are done at once. */
function obedient(
  form: (typeof forms)[number],
  starts: number[],
  results: (count: number) => EventResult[] | undefined = () => undefined,
): Handler {
  const work = async (sequenceNumbers: readonly number[], signal: AbortSignal): Promise<void> => {
    starts.push(...sequenceNumbers);
    if (sequenceNumbers.every((sequenceNumber) => sequenceNumber % 2 === 1)) return;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  return form === 'event'
    ? defineHandler({ onEvent: ({ sequenceNumber }, { signal }) => work([sequenceNumber], signal) })
    : defineHandler({
        batch: { maxEvents: 1, maxWaitMs: 0 },
        async onBatch(events, { signal }) {
          await work(
            events.map(({ sequenceNumber }) => sequenceNumber),
            signal,
          );
          return results(events.length);
        },
      });
}

function oneKeyEach(): World {
  return engineWorld(['0'], (_, sequenceNumber) =>
    receivedEvent({ sequenceNumber, partitionKey: `k${sequenceNumber}`, body: Buffer.from('{}') }),
  );
}

function withHandling(changes: Partial<EngineSettings['handling']>): EngineSettings {
  return { ...worldSettings, handling: { ...worldSettings.handling, ...changes } };
}

/** Makes every call to the store fail until the returned function is called. */
function takeStoreAway({ group }: World): () => void {
  const methods = ['readGroup', 'writeLease', 'writeMember', 'readCheckpoint', 'writeCheckpoint'] as const;
  let isAway = true;
  for (const method of methods) {
    const real: (...args: never[]) => unknown = group[method].bind(group);
    Reflect.set(group, method, async (...args: never[]) => {
      if (isAway) throw new Error('503');
      return real(...args);
    });
  }
  return () => {
    isAway = false;
  };
}

async function storedCheckpoint({ group }: World): Promise<number | undefined> {
  return (await group.readCheckpoint('0'))?.sequenceNumber;
}

describe('an attempt that was told to stop and returns', () => {
  for (const form of forms) {
    it(`G1: has failed after a time-out (${form})`, async () => {
      const world = oneKeyEach();
      const starts: number[] = [];
      await world.start(obedient(form, starts), withHandling({ attemptTimeoutMs: 10_000, maxAttempts: 3 }));
      world.hub.grow('0', 1);
      await world.clock.advance(120_000);
      assert.equal(starts.length, 3);
      const reasons = world.reports.flatMap((report) =>
        report.kind === 'dead-lettered' ? [report.reason] : [],
      );
      assert.deepEqual(reasons, ['exhausted']);
    });

    it(`G1: is no attempt after a second SIGTERM (${form})`, async () => {
      const world = oneKeyEach();
      const worker = await world.start(obedient(form, []));
      world.hub.grow('0', 2);
      await world.clock.advance(500);
      const end = worker.stop();
      await world.clock.advance(60_000);
      await end;
      assert.equal(await storedCheckpoint(world), -1);
    });

    it(`G1: is no attempt after a lease in doubt, however few tries there are (${form})`, async () => {
      const world = oneKeyEach();
      const starts: number[] = [];
      await world.start(obedient(form, starts), withHandling({ maxAttempts: 1 }));
      world.hub.grow('0', 1);
      await world.clock.advance(2_000);
      const bringBack = takeStoreAway(world);
      await world.clock.advance(40_000);
      bringBack();
      await world.clock.advance(120_000);
      assert.equal(await storedCheckpoint(world), -1);
      assert.ok(starts.length > 1);
      assert.ok(world.reports.every(({ kind }) => kind !== 'dead-lettered'));
    });

    it(`G6: starts nothing when its schema took longer than its lease (${form})`, async () => {
      const world = oneKeyEach();
      const starts: number[] = [];
      const schema = {
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: async (value: unknown) => {
            await world.clock.sleep(5_000);
            return { value };
          },
        },
      };
      const worker = await world.start({ ...obedient(form, starts), schema });
      world.hub.grow('0', 1);
      await world.clock.advance(1_000);
      const end = worker.stop();
      await world.clock.advance(30_000);
      await end;
      assert.deepEqual(starts, []);
    });
  }

  it('G1: has not failed its events one by one either', async () => {
    const world = oneKeyEach();
    const failed = (count: number): EventResult[] =>
      Array.from({ length: count }, () => ({ ok: false, error: new Error('told to stop') }));
    await world.start(obedient('batch', [], failed), withHandling({ maxAttempts: 1 }));
    world.hub.grow('0', 1);
    await world.clock.advance(2_000);
    const bringBack = takeStoreAway(world);
    await world.clock.advance(40_000);
    bringBack();
    await world.clock.advance(120_000);
    assert.ok(world.reports.every(({ kind }) => kind !== 'dead-lettered'));
  });
});

describe('what a handler says, parsed at the edge', () => {
  for (const [what, say, error] of [
    ['nothing', [], 'the handler gave no reason'],
    ['an Error', [new Error('no such customer')], 'no such customer'],
    ['an object without a prototype', [Object.create(null)], 'a value that cannot be shown'],
  ] as const) {
    it(`G1: deadLetter with ${what} is a dead letter`, async () => {
      const world = oneKeyEach();
      await world.start(
        defineHandler({
          onEvent(_, context) {
            const ask: (...args: readonly unknown[]) => void = (...args) =>
              Reflect.apply(Reflect.get(context, 'deadLetter'), context, args);
            ask(...say);
            context.deadLetter('a second word, which comes too late');
          },
        }),
      );
      world.hub.grow('0', 1);
      await world.clock.advance(60_000);
      assert.deepEqual(
        world.reports.flatMap((report) => (report.kind === 'dead-lettered' ? [report.error] : [])),
        [error],
      );
    });
  }

  it('G1: anything thrown is told and tried again, also what cannot be shown', async () => {
    const world = oneKeyEach();
    await world.start(
      defineHandler({
        onEvent: async () => {
          throw Object.create(null);
        },
      }),
    );
    world.hub.grow('0', 1);
    await world.clock.advance(60_000);
    assert.deepEqual(
      world.reports.flatMap((report) => (report.kind === 'dead-lettered' ? [report.error] : [])),
      ['a value that cannot be shown'],
    );
    assert.equal(await storedCheckpoint(world), 0);
  });

  it('G1: a batch answer that is none fails the batch', async () => {
    for (const answer of [['ok'], 'done', [{ ok: 'yes' }], [{}], [undefined, undefined]]) {
      const world = oneKeyEach();
      const onBatch = (): never => answer as never;
      await world.start(defineHandler({ batch: { maxEvents: 1, maxWaitMs: 0 }, onBatch }));
      world.hub.grow('0', 1);
      await world.clock.advance(60_000);
      assert.ok(world.reports.some(({ kind }) => kind === 'dead-lettered'));
    }
  });
});
