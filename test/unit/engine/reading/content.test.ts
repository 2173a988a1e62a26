import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PermanentError } from '../../../../src/index.ts';
import { testEvent } from '../../../../src/testing.ts';
import type { TestEventFields } from '../../../../src/testing.ts';

describe('a body that is no data', () => {
  it('is a value with its types, and JSON and bytes of it', () => {
    const value = {
      order: 15,
      big: 2n ** 53n + 1n,
      raw: Uint8Array.of(1, 2),
      when: new Date(0),
      nested: [null],
    };
    const event = testEvent({ messageBody: { kind: 'value', value } });
    assert.equal(event.value, value);
    assert.equal(event.data, value);
    const text =
      '{"order":15,"big":9007199254740993,"raw":"AQI=","when":"1970-01-01T00:00:00.000Z","nested":[null]}';
    assert.equal(event.text(), text);
    assert.equal(Buffer.from(event.body).toString(), text);
    assert.deepEqual(
      event.json({ bigint: true }),
      JSON.parse(text, (key, value) => (key === 'big' ? 2n ** 53n + 1n : value)),
    );
  });

  it('is text as text is, and bytes as bytes are', () => {
    const text = testEvent({ messageBody: { kind: 'value', value: '{"a":1}' } });
    assert.equal(text.text(), '{"a":1}');
    assert.deepEqual(text.data, { a: 1 });
    const bytes = testEvent({ messageBody: { kind: 'value', value: Buffer.from('{"a":1}') } });
    assert.deepEqual(bytes.data, { a: 1 });
    assert.equal(Buffer.from(bytes.body).toString(), '{"a":1}');
  });

  it('is one list of all sequence sections', () => {
    const event = testEvent({ messageBody: { kind: 'sequence', values: [[1, [2]], [], [3n]] } });
    assert.deepEqual(event.value, [1, [2], 3n]);
    assert.deepEqual(event.json(), [1, [2], 3]);
    assert.deepEqual(event.records(), [1, [2], 3n]);
  });

  it('is a map with keys of any type', () => {
    const value = new Map<unknown, unknown>([
      [1, 'one'],
      ['two', new Map([[true, 2]])],
    ]);
    const event = testEvent({ messageBody: { kind: 'value', value } });
    assert.equal(event.value, value);
    assert.equal(event.text(), '[[1,"one"],["two",[[true,2]]]]');
  });
});

describe('a tombstone', () => {
  for (const messageBody of [{ kind: 'none' }, { kind: 'value', value: null }] as const) {
    it(`is told from an empty body (${messageBody.kind})`, () => {
      const event = testEvent({ messageBody, contentType: 'application/json', contentEncoding: 'gzip' });
      assert.equal(event.isTombstone, true);
      assert.equal(event.data, null);
      assert.equal(event.json(), null);
      assert.equal(event.text(), '');
      assert.equal(event.body.byteLength, 0);
      assert.deepEqual(event.records(), []);
      assert.equal(event.cloudEvent, undefined);
      assert.equal(event.schema, undefined);
    });
  }

  it('is not what a sender of nothing, of the text null or of an empty text sends', () => {
    for (const body of ['', 'null', '""']) assert.equal(testEvent({ body }).isTombstone, false);
    const empty = testEvent({ messageBody: { kind: 'value', value: '' } });
    assert.equal(empty.isTombstone, false);
  });
});

describe('several data sections', () => {
  it('are one body, in their order, and a character may lie across two', () => {
    const [a, b] = [Buffer.from('{"n":"ö"}').subarray(0, 7), Buffer.from('{"n":"ö"}').subarray(7)];
    const event = testEvent({ messageBody: { kind: 'data', parts: [a, new Uint8Array(0), b] } });
    assert.deepEqual(event.json(), { n: 'ö' });
    assert.equal(testEvent({ messageBody: { kind: 'data', parts: [] } }).isTombstone, false);
  });
});

describe('JSON', () => {
  it('keeps integers of 64 bits on request, and only those become bigint', () => {
    const event = testEvent({
      body: '{"id":9223372036854775807,"n":-9007199254740993,"a":7,"b":1.5,"c":1e30}',
    });
    assert.deepEqual(event.json({ bigint: true }), {
      id: 9223372036854775807n,
      n: -9007199254740993n,
      a: 7,
      b: 1.5,
      c: 1e30,
    });
    assert.deepEqual((event.json() as { a: number }).a, 7);
  });

  for (const bigint of [false, true]) {
    it(`takes a member called __proto__ for a member (bigint: ${bigint})`, () => {
      const json = testEvent({ body: '{"a":1,"a":2,"__proto__":{"admin":true}}' }).json({ bigint });
      assert.equal((json as { a: number }).a, 2);
      assert.equal(Object.getPrototypeOf(json), Object.prototype);
      assert.ok(Object.hasOwn(json as object, '__proto__'));
      assert.equal((json as { admin?: boolean }).admin, undefined);
    });
  }

  it('says what the body claims to be when it is none', () => {
    const event = testEvent({ body: 'x=1', contentType: 'application/json', contentEncoding: 'utf-8' });
    assert.throws(
      () => event.json(),
      (error) =>
        error instanceof PermanentError &&
        error.message.startsWith(
          'The body is not JSON (3 bytes, content type application/json, content encoding utf-8): ',
        ),
    );
  });

  it("is found behind the schema's id that Confluent's JSON serializer puts in front", () => {
    const body = Buffer.concat([Uint8Array.of(0, 0, 1, 0x86, 0xa3), Buffer.from('{"id":"order-7"}')]);
    assert.deepEqual(testEvent({ body }).json(), { id: 'order-7' });
    assert.deepEqual(testEvent({ body }).data, { id: 'order-7' });
  });

  it('nested beyond the stack is a PermanentError', () => {
    const body = '['.repeat(200_000) + ']'.repeat(200_000);
    const event = testEvent({ body });
    try {
      event.json({ bigint: true });
    } catch (error) {
      assert.ok(error instanceof PermanentError);
    }
    assert.ok(JSON.stringify(event).length < 10_000);
  });
});

describe('data', () => {
  const cases: readonly (readonly [TestEventFields, unknown])[] = [
    [{ body: '{"a":1}' }, { a: 1 }],
    [{ body: '{"a":1}', contentType: 'text/plain' }, '{"a":1}'],
    [{ body: '{"a":1}', contentType: 'application/atom+xml;type=entry;charset=utf-8' }, { a: 1 }],
    [{ body: '{"a":1}', properties: { contentType: 'application/json' } }, { a: 1 }],
    [{ body: '7', properties: { 'content-type': Buffer.from('text/plain') } }, '7'],
    [{ body: '<a/>', contentType: 'application/xml' }, '<a/>'],
    [{ body: Uint8Array.of(0x0a, 0xff), contentType: 'application/x-protobuf' }, Uint8Array.of(0x0a, 0xff)],
    [{ body: Uint8Array.of(0x0a, 0xff) }, Uint8Array.of(0x0a, 0xff)],
    [{ body: '' }, ''],
  ];
  for (const [fields, data] of cases) {
    const said = fields.contentType ?? Object.keys(fields.properties ?? {})[0] ?? 'nothing';
    it(`of ${String(fields.body)} where the sender says ${said}`, () => {
      assert.deepEqual(testEvent(fields).data, data);
    });
  }
});

describe('records', () => {
  const cases: readonly (readonly [string, TestEventFields, readonly unknown[]])[] = [
    ['those of Azure Monitor', { body: '{"records":[{"n":1},{"n":2}]}' }, [{ n: 1 }, { n: 2 }]],
    ['of an array', { body: '[1,2]' }, [1, 2]],
    ['none of an empty array', { body: '[]' }, []],
    ['none of an empty body', { body: '' }, []],
    ['the only value', { body: '{"a":1}' }, [{ a: 1 }]],
    ['records that are no list', { body: '{"records":7}' }, [{ records: 7 }]],
    ['lines', { body: '{"n":1}\r\n\r\n{"n":2}' }, [{ n: 1 }, { n: 2 }]],
    ['a single line that is said to be lines', { body: '[1]\n', contentType: 'application/jsonl' }, [[1]]],
    ['JSON over several lines', { body: '{\n"n":\n1}' }, [{ n: 1 }]],
  ];
  for (const [name, fields, records] of cases) {
    it(`are ${name}`, () => assert.deepEqual(testEvent(fields).records(), records));
  }

  it('keep integers of 64 bits on request', () => {
    const event = testEvent({ body: '{"id":9007199254740993}\n{"id":1}' });
    assert.deepEqual(event.records({ bigint: true }), [{ id: 9007199254740993n }, { id: 1 }]);
  });

  it('tell where text is no JSON', () => {
    const lines = testEvent({ body: '{"n":1}\n{"n":', contentType: 'application/x-ndjson' });
    assert.throws(() => lines.records(), /Line 2 of 2 is not JSON/);
    const influx = testEvent({ body: 'cpu,host=a usage=1 1\ncpu,host=b usage=2 1\n' });
    assert.throws(() => influx.records(), /The body is not JSON/);
    assert.deepEqual(influx.lines(), ['cpu,host=a usage=1 1', 'cpu,host=b usage=2 1']);
  });

  it('are made once', () => {
    const event = testEvent({ body: '[{"n":1}]' });
    assert.equal(event.records(), event.records());
    assert.equal(event.json(), event.json());
  });
});
