import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AmqpDecimal } from '../../../../src/codec/amqp-decimal.ts';
import { Described } from '../../../../src/codec/described.ts';
import { testEvent } from '../../../../src/testing.ts';

describe('a header as text', () => {
  const cases: readonly (readonly [string, unknown, string | undefined])[] = [
    ['text', 'äöü', 'äöü'],
    ['empty text', '', ''],
    ['bytes that are text', Buffer.from('größer'), 'größer'],
    ['no bytes', new Uint8Array(0), ''],
    ['bytes that are no UTF-8', Uint8Array.of(0, 0, 4, 0xd2), '0x000004d2'],
    ['bytes that are control characters', Uint8Array.of(0, 0, 0, 42), '0x0000002a'],
    ['a number', 1.5, '1.5'],
    ['zero', 0, '0'],
    ['an integer beyond 2^53', 2n ** 63n, '9223372036854775808'],
    ['a boolean', false, 'false'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a decimal', new AmqpDecimal(Buffer.from('303c00000000000000000000000004e2', 'hex')), '12.50'],
    ['a time span', new Described('com.microsoft:timespan', 216_000_000_000), '06:00:00'],
    ['what nobody knows, described', new Described('x:y', [1]), '[1]'],
    ['a list', [1, 'a', 2n], '[1,"a",2]'],
    ['a map', { a: Uint8Array.of(1) }, '{"a":"AQ=="}'],
    ['null', null, undefined],
  ];
  for (const [name, value, text] of cases) {
    it(`is right for ${name}`, () => assert.equal(testEvent({ properties: { h: value } }).header('h'), text));
  }

  it('is undefined where there is none, whatever objects inherit', () => {
    for (const name of ['h', 'constructor', 'toString', '__proto__']) {
      assert.equal(testEvent({}).header(name), undefined);
    }
  });

  it('is found by exactly its name, else by one that differs in case only', () => {
    const event = testEvent({ properties: { 'Content-Type': 'a', 'content-type': 'b' } });
    assert.equal(event.header('Content-Type'), 'a');
    assert.equal(event.header('content-type'), 'b');
    assert.equal(event.header('CONTENT-TYPE'), 'a');
    assert.equal(testEvent({ properties: { Key: null, key: 'x' } }).header('Key'), undefined);
  });
});

describe('ids', () => {
  it('are text whatever their type, and as they came in the message', () => {
    const event = testEvent({
      messageId: 2n ** 63n,
      correlationId: Uint8Array.of(0xff, 1),
      userId: Buffer.from('svc'),
    });
    assert.equal(event.messageId, '9223372036854775808');
    assert.equal(event.correlationId, 'ff01');
    assert.equal(event.userId, 'svc');
    assert.equal(event.message.properties.messageId, 2n ** 63n);
  });
});

describe('system properties', () => {
  it('are annotations and AMQP properties with their types, without what has a place of its own', () => {
    const event = testEvent({
      subject: 's',
      annotations: {
        'x-opt-offset': '7',
        'x-opt-partition-key': 'k',
        'iothub-enqueuedtime': new Date(0),
        raw: Buffer.from('r'),
      },
    });
    assert.deepEqual(event.systemProperties, {
      'iothub-enqueuedtime': new Date(0),
      raw: Buffer.from('r'),
      subject: 's',
    });
  });
});
