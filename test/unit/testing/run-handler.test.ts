import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as realSleep } from 'node:timers/promises';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineHandler, PermanentError } from '../../../src/index.ts';
import { runHandler, testEvent } from '../../../src/testing.ts';
import type { HandlerRun } from '../../../src/testing.ts';

describe('runHandler', () => {
  it('gives an empty run for no events', async () => {
    const run = await runHandler(defineHandler({ onEvent: () => {} }), []);
    assert.deepEqual([run.handled, run.deadLetters, run.unfinished, run.calls], [[], [], [], []]);
  });

  it('retries with back-off that nobody waits for', async () => {
    const started = performance.now();
    let calls = 0;
    const handler = defineHandler({
      onEvent() {
        calls += 1;
        if (calls < 5) throw new Error('not yet');
      },
    });
    const run = await runHandler(handler, [testEvent()], {
      handling: { retryMinMs: 3_600_000, retryMaxMs: 86_400_000 },
    });
    assert.equal(run.handled.length, 1);
    assert.deepEqual(
      run.calls.map(({ attempt, result }) => [attempt, result]),
      [
        [1, 'threw'],
        [2, 'threw'],
        [3, 'threw'],
        [4, 'threw'],
        [5, 'returned'],
      ],
    );
    assert.ok(run.elapsedMs > 3_600_000, `${run.elapsedMs} ms of back-off`);
    assert.ok(performance.now() - started < 60_000, 'back-off of hours costs no real time');
  });

  it('ends an event that always fails as a dead letter with its attempts', async () => {
    const handler = defineHandler({
      onEvent() {
        throw new Error('no database');
      },
    });
    const run = await runHandler(handler, [testEvent({ body: 'x' })], { handling: { maxAttempts: 3 } });
    assert.deepEqual(lettersOf(run), [[0, 'exhausted', 'no database', 3]]);
    assert.equal(run.deadLetters[0]?.event.text(), 'x');
    assert.deepEqual([run.handled, run.unfinished], [[], []]);
  });

  it('does not retry a PermanentError', async () => {
    const handler = defineHandler({
      onEvent(event) {
        if (event.sequenceNumber === 1) throw new PermanentError('never');
      },
    });
    const run = await runHandler(handler, [{}, {}, {}]);
    assert.deepEqual(lettersOf(run), [[1, 'permanent', 'never', 1]]);
    assert.deepEqual(
      run.handled.map((event) => event.sequenceNumber),
      [0, 2],
    );
  });

  it('G2: keeps the order of a key over retries while other keys go on', async () => {
    const seen: string[] = [];
    const handler = defineHandler({
      onEvent(event, context) {
        if (event.partitionKey === 'a' && event.data === 1 && context.attempt < 3) throw new Error('later');
        seen.push(`${event.partitionKey}${String(event.data)}`);
      },
    });
    const events = [1, 2, 3].flatMap((body) => [
      testEvent({ body, partitionKey: 'a' }),
      testEvent({ body, partitionKey: 'b' }),
    ]);
    await runHandler(handler, events);
    assert.deepEqual(
      seen.filter((one) => one.startsWith('a')),
      ['a1', 'a2', 'a3'],
    );
    assert.deepEqual(seen.slice(0, 3), ['b1', 'b2', 'b3']);
  });

  it('finds one poison event among 500 in O(log n) calls', async () => {
    const handler = defineHandler({
      batch: { maxEvents: 500, maxWaitMs: 100 },
      onBatch(events) {
        if (events.some((event) => event.data === 'poison')) throw new Error('cannot be stored');
      },
    });
    const bodies = Array.from({ length: 500 }, (_, index) => (index === 321 ? 'poison' : 'fine'));
    const run = await runHandler(
      handler,
      bodies.map((body) => testEvent({ body })),
      { handling: { maxAttempts: 2 } },
    );
    assert.deepEqual(
      lettersOf(run).map(([sequenceNumber, reason]) => [sequenceNumber, reason]),
      [[321, 'exhausted']],
    );
    assert.equal(run.handled.length, 499);
    assert.ok(run.calls.length <= 2 + 2 * 9, `${run.calls.length} calls`);
  });

  it('takes a batch handler at its word for each event', async () => {
    let round = 0;
    const handler = defineHandler({
      batch: { maxEvents: 10, maxWaitMs: 10 },
      onBatch(events) {
        round += 1;
        if (round > 1) return [];
        return events.map((event) => {
          if (event.data === 'dead') return { deadLetter: 'asked for' };
          return event.data === 'later' ? { ok: false, error: new Error('busy') } : undefined;
        });
      },
    });
    const permissive = defineHandler({
      ...handler,
      onBatch: (events, context) => (round === 0 ? handler.onBatch(events, context) : undefined),
    });
    const run = await runHandler(
      permissive,
      ['fine', 'dead', 'later'].map((body) => testEvent({ body })),
    );
    assert.deepEqual(lettersOf(run), [[1, 'handler', 'asked for', 1]]);
    assert.deepEqual(
      run.handled.map((event) => event.data),
      ['fine', 'later'],
    );
  });

  it('aborts the signal of an attempt that takes too long', async () => {
    const handler = defineHandler({
      async onEvent(_event, context) {
        await realSleep(30_000, undefined, { signal: context.signal });
      },
    });
    const run = await runHandler(handler, [{}], { handling: { attemptTimeoutMs: 20, maxAttempts: 2 } });
    assert.equal(run.calls.length, 2);
    assert.equal(run.deadLetters[0]?.reason, 'exhausted');
  });

  it('shows what blocks under onExhausted: block, and finishes the rest', async () => {
    const handler = defineHandler({
      onEvent(event) {
        if (event.partitionKey === 'bad') throw new Error('never works');
      },
    });
    const events = ['good', 'bad', 'good', 'bad', 'good'].map((partitionKey) => testEvent({ partitionKey }));
    const run = await runHandler(handler, events, { handling: { onExhausted: 'block', maxAttempts: 2 } });
    assert.deepEqual(
      run.handled.map((event) => event.sequenceNumber),
      [0, 2, 4],
    );
    assert.deepEqual(
      run.unfinished.map((event) => event.sequenceNumber),
      [1, 3],
    );
    assert.deepEqual(run.deadLetters, []);
  });

  it('shows what is left of a partition that onExhausted: stop gave up', async () => {
    const handler = defineHandler({
      onEvent(event) {
        if (event.partitionId === '0') throw new Error('never works');
      },
    });
    const events = ['0', '1', '0', '1'].map((partitionId) => testEvent({ partitionId }));
    const run = await runHandler(handler, events, { handling: { onExhausted: 'stop', maxAttempts: 1 } });
    assert.deepEqual(
      run.handled.map((event) => event.partitionId),
      ['1', '1'],
    );
    assert.deepEqual(
      run.unfinished.map((event) => event.partitionId),
      ['0', '0'],
    );
  });

  it('gives up an event whose schema throws, as any other defect', async () => {
    const broken: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('defect of the schema');
        },
      },
    };
    const run = await runHandler(defineHandler({ schema: broken, onEvent: () => {} }), [{}]);
    assert.deepEqual(
      lettersOf(run).map(([, reason, error]) => [reason, error]),
      [['exhausted', 'defect of the schema']],
    );
  });

  it('dead-letters an event whose key function throws, and only that one', async () => {
    const handler = defineHandler({
      key: (event) => (event.json() as { id: string }).id,
      onEvent: () => {},
    });
    const run = await runHandler(handler, [testEvent({ body: { id: 'a' } }), testEvent({ body: 'no json' })]);
    assert.equal(run.handled.length, 1);
    assert.equal(run.deadLetters[0]?.reason, 'invalid');
    assert.match(run.deadLetters[0]?.error ?? '', /^The handler's key function threw: The body is not JSON/);
  });

  it('calls start once before and stop once after, and keeps `this`', async () => {
    class Counting {
      readonly order: string[] = [];
      start(): void {
        this.order.push('start');
      }
      onEvent(): void {
        this.order.push('event');
      }
      stop(): void {
        this.order.push('stop');
      }
    }
    const handler = new Counting();
    await runHandler(handler, [{}, {}]);
    assert.deepEqual(handler.order, ['start', 'event', 'event', 'stop']);
  });

  it('rejects when start throws, and when a call never returns', async () => {
    const failing = defineHandler({
      start() {
        throw new Error('no configuration');
      },
      onEvent: () => {},
    });
    await assert.rejects(runHandler(failing, [{}]), /no configuration/);
    const stuck = defineHandler({ onEvent: () => new Promise<void>(() => {}) });
    await assert.rejects(
      runHandler(stuck, [{}], { deadlineMs: 50 }),
      /did not finish its events within 50 ms/,
    );
  });

  it('numbers events by partition and refuses an order that a partition cannot have', async () => {
    const handler = defineHandler({ onEvent: () => {} });
    const run = await runHandler(handler, [
      { partitionId: '1' },
      { sequenceNumber: 7 },
      { partitionId: '1' },
      {},
    ]);
    assert.deepEqual(
      run.handled.map(({ partitionId, sequenceNumber }) => `${partitionId}/${sequenceNumber}`),
      ['1/0', '1/1', '0/7', '0/8'],
    );
    await assert.rejects(runHandler(handler, [{ sequenceNumber: 7 }, { sequenceNumber: 7 }]), RangeError);
  });
});

function lettersOf(run: HandlerRun): (readonly [number, string, string, number])[] {
  return run.deadLetters.map(({ event, reason, error, attempts }) => [
    event.sequenceNumber,
    reason,
    error,
    attempts,
  ]);
}
