import { receivedEvent as supportedEvent } from '../../../support/received-event.ts';
import type { ReceivedEventFields } from '../../../support/received-event.ts';
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import { EventView, idempotencyKeyOf } from '../../../../src/engine/handling/event-view.ts';
import { PermanentError } from '../../../../src/engine/handling/handler.ts';
import type { ReceivedEvent } from '../../../../src/engine/event.ts';

describe('the event a handler sees', () => {
  it('shows what was received', () => {
    const received = receivedEvent({
      body: Buffer.from('x'),
      partitionKey: 'car-1',
      properties: { messageId: 'm-1' },
    });
    const event = new EventView('3', received);

    assert.equal(event.partitionId, '3');
    assert.equal(event.sequenceNumber, 42);
    assert.equal(event.offset, '4294967296');
    assert.equal(event.enqueuedAt.toISOString(), '2026-01-02T03:04:05.678Z');
    assert.equal(event.partitionKey, 'car-1');
    assert.equal(event.messageId, 'm-1');
    assert.equal(event.correlationId, undefined);
    assert.equal(event.properties, received.message.applicationProperties);
    assert.deepEqual(event.systemProperties, { messageId: 'm-1' });
    assert.equal(Buffer.from(event.body).toString(), 'x');
  });

  it('decodes nothing before it is touched, and then once', () => {
    let reads = 0;
    const received = receivedEvent({});
    Object.defineProperty(received.message, 'body', {
      get() {
        reads += 1;
        return { kind: 'data', parts: [Buffer.from('{"n":1}')] };
      },
    });
    const event = new EventView('0', received);
    assert.equal(reads, 0);

    const first = event.json();
    assert.deepEqual(first, { n: 1 });
    assert.equal(event.json(), first);
    assert.equal(event.data, first);
    assert.equal(event.text(), '{"n":1}');
    assert.equal(reads, 1);
  });

  for (const contentType of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/cloudevents+json',
    'text/json',
  ]) {
    it(`parses the data of ${contentType}`, () => {
      assert.deepEqual(dataOf('[1,2]', contentType), [1, 2]);
    });
  }

  it('leaves a text that looks like JSON alone when the content type says text', () => {
    assert.equal(dataOf('123', 'text/plain; charset=utf-8'), '123');
  });

  it('takes JSON without a content type for JSON, and anything else for text', () => {
    assert.equal(dataOf('123', undefined), 123);
    assert.equal(dataOf('null', undefined), null);
    assert.equal(dataOf('temperature 21', undefined), 'temperature 21');
    assert.equal(dataOf('', undefined), '');
    assert.deepEqual(dataOf('{"a":1}', 'application/octet-stream'), { a: 1 });
  });

  it('says in a PermanentError why a body is no JSON', () => {
    const event = viewOf('{"a":', 'application/json');
    const isClear = (error: unknown): boolean =>
      error instanceof PermanentError &&
      error.cause instanceof SyntaxError &&
      error.message.startsWith('The body is not JSON (5 bytes, content type application/json): ');
    assert.throws(() => event.json(), isClear);
    assert.throws(() => event.data, isClear);
    assert.throws(() => viewOf('', undefined).json(), /\(0 bytes, no content type\)/);
  });

  it('decodes only its own slice of a shared receive buffer', () => {
    const chunk = Buffer.from('xx{"n":1}yy');
    const event = new EventView('0', receivedEvent({ body: chunk.subarray(2, 9) }));
    assert.deepEqual(event.json(), { n: 1 });
  });

  it('skips a byte order mark and survives bytes that are no UTF-8', () => {
    assert.deepEqual(viewOf('\uFEFF{"n":1}', 'application/json').json(), { n: 1 });
    assert.equal(new EventView('0', receivedEvent({ body: Uint8Array.of(0x61, 0xff) })).text(), 'a\uFFFD');
  });

  it('gives the validated value once a schema accepted the event, even undefined', () => {
    const event = viewOf('{"n":"1"}', undefined);
    event.accept(undefined);
    assert.equal(event.data, undefined);
    assert.deepEqual(event.json(), { n: '1' });
  });

  it('prints itself as position and text', () => {
    const printed = inspect(viewOf('hello', 'text/plain'));
    assert.match(printed, /sequenceNumber: 42/);
    assert.match(printed, /text: 'hello'/);
    assert.equal(JSON.parse(JSON.stringify(viewOf('hello', 'text/plain'))).text, 'hello');
  });
});

describe('the idempotency key', () => {
  it('is equal for every delivery of one event', () => {
    assert.equal(idempotencyKeyOf('3', receivedEvent({})), idempotencyKeyOf('3', receivedEvent({})));
    assert.equal(idempotencyKeyOf('3', receivedEvent({})), '3:42:1767323045678');
  });

  it('differs between partitions, sequence numbers and lives of a re-created hub', () => {
    const keys = [
      idempotencyKeyOf('3', receivedEvent({})),
      idempotencyKeyOf('34', receivedEvent({ sequenceNumber: 2 })),
      idempotencyKeyOf('3', receivedEvent({ sequenceNumber: 43 })),
      idempotencyKeyOf('3', receivedEvent({ enqueuedAtMs: 1_767_323_045_679 })),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });
});

function viewOf(text: string, contentType: string | undefined): EventView {
  return new EventView(
    '0',
    receivedEvent({
      body: Buffer.from(text),
      properties: contentType === undefined ? {} : { contentType },
    }),
  );
}

function dataOf(text: string, contentType: string | undefined): unknown {
  return viewOf(text, contentType).data;
}

function receivedEvent(fields: Partial<ReceivedEventFields>): ReceivedEvent {
  return supportedEvent({
    sequenceNumber: 42,
    offset: '4294967296',
    enqueuedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    body: Buffer.alloc(0),
    applicationProperties: { source: 'test' },
    ...fields,
  });
}
