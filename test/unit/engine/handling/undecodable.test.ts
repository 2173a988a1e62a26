// An event whose encoding cannot be read becomes a dead letter at once, wherever that is found out, and alone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkerError } from '../../../../src/engine/errors.ts';
import type { Message, ReceivedEvent } from '../../../../src/engine/event.ts';
import { defineHandler, PermanentError } from '../../../../src/engine/handling/handler.ts';
import type { Handler } from '../../../../src/engine/handling/handler.ts';
import type { WorkerEvent } from '../../../../src/engine/handling/worker-event.ts';
import { undecodableIn } from '../../../../src/engine/handling/undecodable.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import type { World } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';

type Flaw = 'on arrival' | keyof Message;

/** One partition in which event 5 has the flaw; every event has the same partition key. */
function worldWith(flaw: Flaw): World {
  return engineWorld(['0'], (_, sequenceNumber) => {
    const event = receivedEvent({ sequenceNumber, partitionKey: 'one', body: Buffer.from('{}') });
    return sequenceNumber === 5 ? flawed(event, flaw) : event;
  });
}

function flawed(event: ReceivedEvent, flaw: Flaw): ReceivedEvent {
  if (flaw === 'on arrival') return { ...event, defect: 'a list of 2^32 items in 40 bytes' };
  const message = Object.create(event.message, {
    [flaw]: {
      get: () => {
        throw new WorkerError('EHW_EVENT_UNDECODABLE', { reason: `type code 0x5f in ${flaw}` });
      },
    },
  });
  return { ...event, message };
}

interface Outcome {
  readonly letters: readonly string[];
  readonly failedAttempts: number;
  readonly checkpoint: number | undefined;
}

async function runTen(world: World, handler: Handler, ordering: 'key' | 'partition' | 'none' = 'key') {
  await world.start(handler, {
    ...worldSettings,
    handling: { ...worldSettings.handling, ordering, onExhausted: 'block' },
  });
  world.hub.grow('0', 10);
  await world.clock.advance(60_000);
  const { reports, group } = world;
  const outcome: Outcome = {
    letters: reports.flatMap((report) =>
      report.kind === 'dead-lettered' ? [`${report.sequenceNumber} ${report.reason}`] : [],
    ),
    failedAttempts: reports.filter(({ kind }) => kind === 'attempt.failed').length,
    checkpoint: (await group.readCheckpoint('0'))?.sequenceNumber,
  };
  return outcome;
}

const onlyFive = ['5 undecodable'];
const allButFive = [0, 1, 2, 3, 4, 6, 7, 8, 9];

const forms = ['event', 'batch'] as const;

/** Handles events, or batches of them, by the same function; tells which were handled, in order. */
function handlerOf(
  form: (typeof forms)[number],
  touch: (event: WorkerEvent) => unknown,
  handled: number[],
  more: Partial<Pick<Handler, 'schema' | 'key'>> = {},
): Handler {
  if (form === 'event') {
    return defineHandler({
      ...more,
      onEvent(event) {
        touch(event);
        handled.push(event.sequenceNumber);
      },
    });
  }
  return defineHandler({
    ...more,
    batch: { maxEvents: 100, maxWaitMs: 10 },
    onBatch(events) {
      for (const event of events) touch(event);
      handled.push(...events.map(({ sequenceNumber }) => sequenceNumber));
    },
  });
}

const askingData = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;

describe('an event that cannot be read', () => {
  for (const form of forms) {
    for (const ordering of ['key', 'partition', 'none'] as const) {
      it(`G11: known on arrival, is never given to the handler (${form}, ORDERING=${ordering})`, async () => {
        const handled: number[] = [];
        const world = worldWith('on arrival');
        const outcome = await runTen(
          world,
          handlerOf(form, () => undefined, handled),
          ordering,
        );
        assert.deepEqual(outcome, { letters: onlyFive, failedAttempts: 0, checkpoint: 9 });
        assert.deepEqual(
          handled.toSorted((a, b) => a - b),
          allButFive,
        );
      });
    }

    it(`G11: found on touch, is not tried again, and its key goes on in order (${form})`, async () => {
      const handled: number[] = [];
      const outcome = await runTen(
        worldWith('body'),
        handlerOf(form, (event) => event.text(), handled),
      );
      assert.deepEqual(outcome, {
        letters: onlyFive,
        failedAttempts: form === 'event' ? 1 : 2,
        checkpoint: 9,
      });
      assert.deepEqual(handled, allButFive);
    });

    it(`G11: is undecodable although the handler wrapped what it caught (${form})`, async () => {
      const handled: number[] = [];
      const wrap = (event: WorkerEvent): void => {
        try {
          event.json();
        } catch (cause) {
          throw new PermanentError('no order', { cause: new Error('no JSON', { cause }) });
        }
      };
      const { letters } = await runTen(worldWith('body'), handlerOf(form, wrap, handled));
      assert.deepEqual(letters, onlyFive);
      assert.deepEqual(handled, allButFive);
    });

    it(`G11: is handled when the handler does not touch the part that is broken (${form})`, async () => {
      const handled: number[] = [];
      const { letters } = await runTen(
        worldWith('footer'),
        handlerOf(form, (event) => event.text(), handled),
      );
      assert.deepEqual(letters, []);
      assert.deepEqual(handled, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it(`G11: is handled when the handler catches that and returns (${form})`, async () => {
      const handled: number[] = [];
      const tolerate = (event: WorkerEvent): void => {
        try {
          event.text();
        } catch {
          // Nothing to do for this one.
        }
      };
      const { letters } = await runTen(worldWith('body'), handlerOf(form, tolerate, handled));
      assert.deepEqual(letters, []);
      assert.equal(handled.length, 10);
    });

    it(`G11: is found by the schema (${form})`, async () => {
      const handled: number[] = [];
      const handler = handlerOf(form, () => undefined, handled, { schema: askingData });
      const { letters, checkpoint } = await runTen(worldWith('body'), handler);
      assert.deepEqual(letters, onlyFive);
      assert.deepEqual(handled, allButFive);
      assert.equal(checkpoint, 9);
    });

    it(`G11: is found by the key function (${form})`, async () => {
      const handled: number[] = [];
      const key = (event: WorkerEvent): string => String(event.properties['customer']);
      const handler = handlerOf(form, () => undefined, handled, { key });
      const { letters } = await runTen(worldWith('applicationProperties'), handler);
      assert.deepEqual(letters, onlyFive);
      assert.deepEqual(handled, allButFive);
    });
  }

  it('G11: is the only one of its batch that a result per event names', async () => {
    const handler = defineHandler({
      batch: { maxEvents: 100, maxWaitMs: 10 },
      onBatch: (events) =>
        events.map((event) => {
          try {
            event.text();
            return { ok: true };
          } catch (error) {
            return { ok: false, error };
          }
        }),
    });
    const outcome = await runTen(worldWith('body'), handler);
    assert.deepEqual(outcome, { letters: onlyFive, failedAttempts: 1, checkpoint: 9 });
  });

  it('G11: costs its neighbours in a batch none of their attempts', async () => {
    const attempts: number[] = [];
    const handler = defineHandler({
      batch: { maxEvents: 100, maxWaitMs: 10 },
      onBatch(events, { attempt }) {
        for (const event of events) event.text();
        attempts.push(attempt);
      },
    });
    await runTen(worldWith('body'), handler);
    assert.deepEqual(new Set(attempts), new Set([1]));
  });

  it('shows itself in a log line without throwing', () => {
    const views: WorkerEvent[] = [];
    const world = worldWith('body');
    const handler = defineHandler({
      onEvent(event) {
        views.push(event);
      },
    });
    return runTen(world, handler).then(() => {
      const shown = JSON.parse(JSON.stringify(views[5]));
      assert.equal(shown.sequenceNumber, 5);
      assert.match(shown.text, /^\[unreadable: .*0x5f/);
    });
  });
});

describe('the cause that says so', () => {
  it('is found in a chain, and a circle of causes ends', () => {
    const core = new WorkerError('EHW_EVENT_UNDECODABLE', { reason: 'x' });
    assert.equal(undecodableIn(new Error('a', { cause: new Error('b', { cause: core }) })), core);
    const circle = new Error('round');
    circle.cause = circle;
    assert.equal(undecodableIn(circle), undefined);
    assert.equal(undecodableIn('text'), undefined);
    assert.equal(undecodableIn(new WorkerError('EHW_TIMED_OUT')), undefined);
  });
});
