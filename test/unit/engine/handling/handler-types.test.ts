// What the compiler tells a handler's author: each expectation fails to compile when it no longer holds.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineHandler } from '../../../../src/index.ts';
import type { CloudEvent, Message, SchemaReference, WorkerEvent } from '../../../../src/index.ts';

it('data is what schema or decoder make of it, and unknown without them', () => {
  defineHandler({ schema: z.object({ n: z.number() }), onEvent: ({ data }) => void data.n.toFixed() });
  defineHandler({
    decode: (event) => ({ size: event.body.length }),
    onEvent: ({ data }) => void data.size.toFixed(),
  });
  defineHandler({
    decode: async () => 7,
    batch: { maxEvents: 2, maxWaitMs: 0 },
    onBatch: ([first]) => void first?.data.toFixed(),
  });
  defineHandler({
    decode: () => 'text',
    schema: z.string().transform((text) => text.length),
    onEvent: ({ data }) => void data.toFixed(),
  });
  defineHandler({
    // @ts-expect-error -- unknown
    onEvent: ({ data }) => void data.n,
  });
  assert.ok(true);
});

it('an event cannot be changed, and its values are not taken for text', () => {
  const look = (event: WorkerEvent): void => {
    // @ts-expect-error -- a property may be bytes, a number, a date
    const text: string = event.properties['a'];
    // @ts-expect-error -- read only
    event.properties['a'] = 1;
    const header: string | undefined = event.header('a');
    const cloudEvent: CloudEvent | undefined = event.cloudEvent;
    const schema: SchemaReference | undefined = event.schema;
    const message: Message = event.message;
    const created: Date | undefined = event.creationTime;
    void [text, header, cloudEvent, schema, message, created];
  };
  assert.equal(look.length, 1);
});
