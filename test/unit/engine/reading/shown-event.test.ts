import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { testEvent } from '../../../../src/testing.ts';
import type { TestEventFields } from '../../../../src/testing.ts';

const shown = (fields: TestEventFields) => JSON.parse(JSON.stringify(testEvent(fields)));

describe('an event in a log line', () => {
  it('survives every type a property may have', () => {
    const properties = {
      big: 2n ** 63n,
      bytes: Uint8Array.of(0xff),
      text: Buffer.from('t'),
      date: new Date(0),
      far: new Date(Number.NaN),
      map: new Map([[1n, 2n]]),
      none: null,
      nan: Number.NaN,
    };
    assert.deepEqual(shown({ properties }).properties, {
      big: '9223372036854775808',
      bytes: '0xff',
      text: 't',
      date: '1970-01-01T00:00:00.000Z',
      far: 'null',
      map: '[[1,2]]',
      none: null,
      nan: null,
    });
  });

  it('is short whatever came', () => {
    const huge = 'x'.repeat(1_000_000);
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name-${index}`, huge]));
    const event = testEvent({ body: huge, properties: many, messageId: huge, contentType: huge });
    for (const line of [JSON.stringify(event), inspect(event)])
      assert.ok(line.length < 20_000, String(line.length));
    assert.equal(shown({ properties: many }).properties['...'], '9968 more');
    assert.match(shown({ body: huge }).text, /^x{4096}\.\.\. \(1000000 bytes\)$/);
    assert.equal(shown({ body: huge, contentEncoding: 'gzip' }).text, '[1000000 bytes, gzip]');
  });

  it('shows what cannot be read as such', () => {
    assert.match(shown({ body: 'x', contentEncoding: 'gzip' }).text, /^\[unreadable: The body \(1 bytes/);
    const event = testEvent({ body: 'hello' });
    Object.defineProperty(event.message, 'applicationProperties', {
      get() {
        throw new Error('broken');
      },
    });
    const line = JSON.parse(JSON.stringify(event));
    assert.equal(line.properties, '[unreadable: broken]');
    assert.equal(line.sequenceNumber, 0);
  });
});
