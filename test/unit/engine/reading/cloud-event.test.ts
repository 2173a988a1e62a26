import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PermanentError } from '../../../../src/index.ts';
import { testEvent } from '../../../../src/testing.ts';
import type { TestEventFields } from '../../../../src/testing.ts';

const attributes = { specversion: '1.0', id: 'A-1', source: '/shop', type: 'order.created' };
const structured = 'application/cloudevents+json; charset=utf-8';

describe('a CloudEvent in structured mode', () => {
  it('has its attributes, its data and every other attribute as an extension', () => {
    const json = {
      ...attributes,
      time: '2026-03-02T10:12:00.1234567Z',
      partitionkey: 'c-7',
      tries: 2,
      data: { n: 1 },
    };
    const event = testEvent({ contentType: structured, body: JSON.stringify(json) }).cloudEvent;
    assert.equal(event?.id, 'A-1');
    assert.equal(event.time?.toISOString(), '2026-03-02T10:12:00.123Z');
    assert.deepEqual(event.data, { n: 1 });
    assert.deepEqual(event.extensions, { partitionkey: 'c-7', tries: 2 });
  });

  it('carries bytes in base64', () => {
    const json = { ...attributes, data_base64: 'AQID' };
    const event = testEvent({ contentType: structured, body: JSON.stringify(json) }).cloudEvent;
    assert.deepEqual(event?.data, Buffer.from([1, 2, 3]));
  });

  it('is found without a content type, and Kafka says it in a header', () => {
    const body = JSON.stringify(attributes);
    assert.equal(testEvent({ body }).cloudEvent?.id, 'A-1');
    const properties = { 'content-type': Buffer.from(structured) };
    assert.equal(testEvent({ body, properties }).cloudEvent?.id, 'A-1');
  });

  it('that is none, and says it is one, is a PermanentError', () => {
    for (const body of ['{"specversion":"1.0"}', '[]', '7', '{"a":']) {
      assert.throws(() => testEvent({ contentType: structured, body }).cloudEvent, PermanentError);
    }
    const properties = { 'cloudEvents:specversion': '1.0', 'cloudEvents:id': '1' };
    assert.throws(
      () => testEvent({ properties }).cloudEvent,
      /cloudEvents:source or cloudEvents:type is missing/,
    );
  });
});

describe('a CloudEvent in binary mode', () => {
  for (const prefix of ['cloudEvents:', 'cloudEvents_', 'ce_', 'ce-']) {
    it(`is read from properties that begin with ${prefix}`, () => {
      const named = Object.entries({ ...attributes, time: '2026-03-02T10:12:00Z', hub: 'chat' });
      const event = testEvent({
        contentType: 'text/plain',
        body: '{"looks":"like JSON"}',
        properties: Object.fromEntries(named.map(([name, value]) => [prefix + name, asSent(prefix, value)])),
      }).cloudEvent;
      assert.equal(event?.type, 'order.created');
      assert.equal(event.time?.toISOString(), '2026-03-02T10:12:00.000Z');
      assert.equal(event.datacontenttype, 'text/plain');
      assert.equal(event.data, '{"looks":"like JSON"}');
      assert.deepEqual(event.extensions, { hub: 'chat' });
    });
  }

  it("keeps the sender's types", () => {
    const event = testEvent({
      body: Uint8Array.of(0xff),
      properties: {
        ...Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [`cloudEvents:${name}`, value]),
        ),
        'cloudEvents:time': new Date(0),
        'cloudEvents:attempt': 2,
        'cloudEvents:signature': Uint8Array.of(1, 2),
        __proto__: 'x',
      },
    }).cloudEvent;
    assert.equal(event?.time?.getTime(), 0);
    assert.deepEqual(event.extensions, { attempt: 2, signature: Uint8Array.of(1, 2) });
    assert.deepEqual(event.data, Uint8Array.of(0xff));
  });
});

describe("an event in Event Grid's schema", () => {
  const grid = {
    topic: '/subscriptions/1',
    subject: '/blobs/a',
    eventType: 'Microsoft.Storage.BlobCreated',
    id: 'g-1',
    eventTime: '2026-03-02T10:11:12.1234567Z',
    data: { api: 'PutBlob' },
    dataVersion: '',
  };

  it('says the same in other words', () => {
    for (const json of [[grid], grid]) {
      const event = testEvent({ body: JSON.stringify(json) }).cloudEvent;
      assert.equal(event?.source, '/subscriptions/1');
      assert.equal(event.type, 'Microsoft.Storage.BlobCreated');
      assert.equal(event.subject, '/blobs/a');
      assert.equal(event.time?.toISOString(), '2026-03-02T10:11:12.123Z');
      assert.deepEqual(event.data, { api: 'PutBlob' });
      assert.deepEqual(event.extensions, { dataVersion: '' });
    }
  });

  it('may come with others: all of them are there, and none is the only one', () => {
    const event = testEvent({ body: JSON.stringify([grid, { ...grid, id: 'g-2' }]) });
    assert.deepEqual(
      event.cloudEvents.map(({ id }) => id),
      ['g-1', 'g-2'],
    );
    assert.equal(event.cloudEvent, undefined);
  });
});

it('a batch of CloudEvents is all of them', () => {
  const body = JSON.stringify([attributes, { ...attributes, id: 'A-2' }]);
  const event = testEvent({ contentType: 'application/cloudevents-batch+json', body });
  assert.equal(event.cloudEvents.length, 2);
  assert.equal(event.records().length, 2);
});

it('what is none has none, and is not an error', () => {
  const others: TestEventFields[] = [
    { body: '{"order":1}' },
    { body: '[1]' },
    { body: 'text' },
    { body: JSON.stringify(attributes), contentType: 'text/plain' },
    { body: JSON.stringify([attributes, { n: 1 }]) },
    { body: Uint8Array.of(0xff, 0x01) },
  ];
  for (const fields of others) {
    assert.equal(testEvent(fields).cloudEvent, undefined);
    assert.deepEqual(testEvent(fields).cloudEvents, []);
  }
});

function asSent(prefix: string, value: string): unknown {
  return prefix === 'ce_' ? Buffer.from(value) : value;
}
