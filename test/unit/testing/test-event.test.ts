import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkerEvent } from '../../../src/index.ts';
import { createTestBatchContext, createTestContext } from '../../../src/testing/test-context.ts';
import { runHandler } from '../../../src/testing/run-handler.ts';
import { testEvent } from '../../../src/testing/test-event.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';

describe('testEvent', () => {
  it('sends a value as JSON and types the data', () => {
    const event: WorkerEvent<{ celsius: number }> = testEvent({ body: { celsius: 21 } });
    assert.equal(event.data.celsius, 21);
    assert.equal(event.contentType, 'application/json');
    assert.equal(event.text(), '{"celsius":21}');
  });

  it('sends text and bytes as they are', () => {
    assert.equal(testEvent({ body: 'hello' }).data, 'hello');
    assert.deepEqual(testEvent({ body: '{"a":1}' }).data, { a: 1 });
    assert.equal(testEvent({ body: '{"a":1}', contentType: 'text/plain' }).data, '{"a":1}');
    assert.deepEqual(testEvent({ body: Uint8Array.of(1, 2) }).body, Uint8Array.of(1, 2));
    assert.equal(testEvent({ body: '{', contentType: 'application/json' }).contentType, 'application/json');
  });

  it('sends null and numbers as JSON too, and nothing as nothing', () => {
    assert.equal(testEvent({ body: null }).text(), 'null');
    assert.equal(testEvent({ body: 7 }).data, 7);
    assert.equal(testEvent().body.byteLength, 0);
  });

  it('takes every field that is given', () => {
    const event = testEvent({
      partitionId: '7',
      sequenceNumber: 12,
      partitionKey: 'car-1',
      messageId: 'm',
      correlationId: 'c',
      properties: { a: 1 },
      enqueuedAt: new Date(5),
    });
    assert.deepEqual(
      [event.partitionId, event.sequenceNumber, event.partitionKey, event.messageId, event.correlationId],
      ['7', 12, 'car-1', 'm', 'c'],
    );
    assert.equal(event.enqueuedAt.getTime(), 5);
    assert.deepEqual(event.properties, { a: 1 });
  });
});

describe('an event of another sender', () => {
  it('has annotations, AMQP properties, values and headers of bytes', () => {
    const event = testEvent({
      subject: 'created',
      contentEncoding: 'identity',
      creationTime: new Date(7),
      annotations: { 'x-opt-kafka-key': Buffer.from('k') },
      properties: { source: Buffer.from('shop') },
      messageBody: { kind: 'value', value: { big: 2n ** 60n } },
    });
    assert.equal(event.subject, 'created');
    assert.equal(event.creationTime?.getTime(), 7);
    assert.equal(event.orderingKey, 'k');
    assert.equal(event.header('source'), 'shop');
    assert.deepEqual(event.value, { big: 2n ** 60n });
  });

  it('is a whole message as it was encoded, one that cannot be read included', async () => {
    const [corpus] = loadEventCorpus().filter(({ name }) => name === 'go-azeventhubs');
    assert.ok(corpus !== undefined);
    const good = testEvent({ encoded: encodeCorpusEvent(corpus), sequenceNumber: 3 });
    assert.equal(good.partitionKey, 'customer-7');
    assert.equal(good.messageId, 'go-1');
    assert.equal(good.sequenceNumber, 3);
    // A value body of a type that AMQP does not have.
    const encoded = Uint8Array.of(0x00, 0x53, 0x77, 0x5f, 0x00);
    const run = await runHandler({ onEvent: (event) => void event.text() }, [testEvent({ encoded })]);
    assert.deepEqual(
      run.deadLetters.map(({ reason }) => reason),
      ['undecodable'],
    );
  });
});

describe('the test contexts', () => {
  it('record logs and the last dead-letter request', () => {
    const context = createTestContext({ attempt: 2 });
    context.log.warn('odd', { n: 1 });
    context.deadLetter('first');
    context.deadLetter('second');
    assert.deepEqual(context.logs, [{ level: 'warn', message: 'odd', details: { n: 1 } }]);
    assert.equal(context.deadLetterReason, 'second');
    assert.equal(context.attempt, 2);
  });

  it('abort their signal on demand', () => {
    const context = createTestContext();
    assert.equal(context.signal.aborted, false);
    context.abort(new Error('lease lost'));
    assert.match(String(context.signal.reason), /lease lost/);
  });

  it('give the idempotency key that the worker gives', () => {
    const event = testEvent({ partitionId: '3', sequenceNumber: 9 });
    const single = createTestContext({ partitionId: '3', sequenceNumber: 9 });
    assert.equal(createTestBatchContext().idempotencyKey(event), single.idempotencyKey);
    assert.match(single.idempotencyKey, /^3:9:\d+$/);
    assert.equal(createTestContext({ idempotencyKey: 'mine' }).idempotencyKey, 'mine');
  });
});
