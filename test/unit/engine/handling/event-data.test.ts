import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineHandler, PermanentError } from '../../../../src/index.ts';
import { runHandler, testEvent } from '../../../../src/testing.ts';

const body = (id: number, text: string): Uint8Array =>
  Buffer.concat([Uint8Array.of(0, 0, 0, 0, id), Buffer.from(text)]);

describe("a handler's decoder", () => {
  it('makes the data of each event once, typed, and the schema sees it', async () => {
    let decoded = 0;
    const seen: string[] = [];
    const handler = defineHandler({
      decode(event) {
        decoded += 1;
        return { schema: event.schema?.id, text: Buffer.from(event.schema?.payload ?? []).toString() };
      },
      schema: z.object({ schema: z.string(), text: z.string().transform((text) => text.toUpperCase()) }),
      onEvent(event, { attempt }) {
        if (attempt === 1) throw new Error('again');
        seen.push(`${event.data.schema}:${event.data.text}`);
      },
    });
    await runHandler(handler, [testEvent({ body: body(7, 'a') }), testEvent({ body: body(8, 'b') })]);
    assert.deepEqual(seen.toSorted(), ['7:A', '8:B']);
    assert.equal(decoded, 2);
  });

  it('types the data without a schema, and may take its time', async () => {
    const seen: number[] = [];
    const handler = defineHandler({
      decode: async (event) => Promise.resolve(event.body.byteLength),
      batch: { maxEvents: 10, maxWaitMs: 0 },
      onBatch: (events) => void seen.push(...events.map((event) => event.data + 1)),
    });
    await runHandler(handler, [testEvent({ body: 'abc' })]);
    assert.deepEqual(seen, [4]);
  });

  it('ends an event that cannot be decoded as invalid, and tries again when it failed itself', async () => {
    let isDown = true;
    const handler = defineHandler({
      decode(event) {
        if (event.text() === 'bad') throw new PermanentError('no such schema');
        if (isDown) {
          isDown = false;
          throw new Error('the registry is down');
        }
        return event.text();
      },
      onEvent() {},
    });
    const run = await runHandler(handler, [testEvent({ body: 'bad' }), testEvent({ body: 'good' })]);
    assert.equal(run.handled.length, 1);
    assert.deepEqual(
      run.deadLetters.map(({ reason, error }) => ({ reason, error })),
      [{ reason: 'invalid', error: 'no such schema' }],
    );
  });

  it('is refused when it is no function', async () => {
    const { handlerShapeProblem } = await import('../../../../src/handlers/handler-shape.ts');
    assert.equal(handlerShapeProblem({ onEvent() {}, decode: 7 }), 'decode is no function');
  });
});
