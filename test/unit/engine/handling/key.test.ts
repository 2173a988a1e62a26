import { receivedEvent } from '../../../support/received-event.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventView } from '../../../../src/engine/handling/event-view.ts';
import { PermanentError } from '../../../../src/engine/handling/handler.ts';
import type { KeyOf } from '../../../../src/engine/handling/handler.ts';
import { KeyFailure, orderingKeyOf } from '../../../../src/engine/handling/key.ts';

describe('the ordering key', () => {
  it('is the partition key unless the handler says otherwise', () => {
    assert.equal(orderingKeyOf(viewOf('car-1'), undefined), 'car-1');
    assert.equal(orderingKeyOf(viewOf(undefined), undefined), undefined);
  });

  it('is what the key function says, empty text included', () => {
    assert.equal(
      orderingKeyOf(viewOf('car-1'), (event) => `owner of ${event.partitionKey}`),
      'owner of car-1',
    );
    assert.equal(
      orderingKeyOf(viewOf('car-1'), () => ''),
      '',
    );
    assert.equal(
      orderingKeyOf(viewOf('car-1'), () => undefined),
      undefined,
    );
  });

  it('forgives numbers and null from plain JavaScript', () => {
    assert.equal(orderingKeyOf(viewOf('a'), untyped(7)), '7');
    assert.equal(orderingKeyOf(viewOf('a'), untyped(7n)), '7');
    assert.equal(orderingKeyOf(viewOf('a'), untyped(null)), undefined);
  });

  it('is a failure with the cause when the function throws', () => {
    const key = orderingKeyOf(viewOf('a', 'no json'), (event) => String(event.json()));
    assert.ok(key instanceof KeyFailure);
    assert.match(key.error.message, /^The handler's key function threw: The body is not JSON/);
    assert.ok(key.error.cause instanceof PermanentError);
  });

  for (const [answer, named] of [
    [Promise.resolve('a'), 'a promise'],
    [['a'], 'an array'],
    [{}, 'a value of type object'],
    [true, 'a value of type boolean'],
  ] as const) {
    it(`is a failure when the function answers ${named}`, () => {
      const key = orderingKeyOf(viewOf('a'), untyped(answer));
      assert.ok(key instanceof KeyFailure);
      assert.equal(
        key.error.message,
        `The handler's key function answered ${named}; a string or undefined is allowed`,
      );
    });
  }

  it('owns the rejection of an asynchronous key function', async () => {
    const key = orderingKeyOf(viewOf('a'), untyped(Promise.reject(new Error('late'))));
    assert.ok(key instanceof KeyFailure);
    await new Promise(setImmediate);
  });
});

function untyped(answer: unknown): KeyOf {
  return (): string => answer as string;
}

function viewOf(partitionKey: string | undefined, text = '{}'): EventView {
  return new EventView('0', receivedEvent({ sequenceNumber: 1, partitionKey, body: Buffer.from(text) }));
}
