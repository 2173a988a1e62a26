import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { AmqpDecimal } from '../../../src/codec/amqp-decimal.ts';
import { Described } from '../../../src/codec/described.ts';

const decimal = (hex: string): string => new AmqpDecimal(Buffer.from(hex, 'hex')).toString();

test("the types of Microsoft's .NET client mean dates, durations and addresses", () => {
  assert.deepEqual(
    new Described('com.microsoft:datetime-offset', 639_080_372_400_000_000n).meaning,
    new Date('2026-03-02T08:34:00Z'),
  );
  const span = (ticks: number | bigint): unknown => new Described('com.microsoft:timespan', ticks).meaning;
  assert.equal(span(216_000_000_000), '06:00:00');
  assert.equal(span(-1_080_005_000_000), '-1.06:00:00.5');
  assert.equal(span(1), '00:00:00.0000001');
  assert.equal(span(0), '00:00:00');
  assert.equal(new Described('com.microsoft:uri', 'https://example.com').meaning, 'https://example.com');
});

test('a described value that means nothing to us stays as it is', () => {
  assert.deepEqual(new Described('x', [1]).meaning, [1]);
  assert.equal(new Described('com.microsoft:timespan', 'soon').meaning, 'soon');
  assert.equal(new Described('com.microsoft:timespan', 0.5).meaning, 0.5);
  assert.equal(
    new Described('com.microsoft:datetime-offset', 9_223_372_036_854_775_807n).meaning instanceof Date,
    true,
  );
});

test('in JSON a described value is what it means, or its two parts', () => {
  const json = (descriptor: string, value: string | number): string =>
    JSON.stringify(new Described(descriptor, value));
  assert.equal(json('com.microsoft:uri', 'https://example.com'), '"https://example.com"');
  assert.equal(json('com.microsoft:timespan', 10_000_000), '"00:00:01"');
  assert.equal(json('com.microsoft:datetime-offset', 621_355_968_000_000_000), '"1970-01-01T00:00:00.000Z"');
  assert.equal(json('x', 1), '{"descriptor":"x","value":1}');
});

test('decimals of each width keep their digits and their scale', () => {
  assert.equal(decimal('303c00000000000000000000000004e2'), '12.50');
  assert.equal(decimal('b03c00000000000000000000000004e2'), '-12.50');
  assert.equal(decimal('30400000000000000000000000000000'), '0');
  assert.equal(decimal('31800000000004d2'), '12.34');
  assert.equal(decimal('328004d2'), '1234');
  assert.equal(decimal('31800005'), '0.05');
  assert.equal(decimal('33000005'), '5E+1');
  assert.equal(decimal('00000005'), '5E-101');
  assert.equal(decimal('f8000000'), '-Infinity');
  assert.equal(decimal('7c000000'), 'NaN');
  assert.equal(decimal('7e000001'), 'NaN');
});

test('a decimal whose coefficient begins with binary 100', () => {
  // 9,999,999 is 0x98967f: beyond 23 bits, so its first three bits are left out.
  assert.equal(decimal('6cb8967f'), '9999999');
  // 16,777,215 has more digits than a decimal32 and stands for zero.
  assert.equal(decimal('6cbfffff'), '0');
});
