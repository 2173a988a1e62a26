import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { testEvent } from '../../../../src/testing.ts';

const id = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const avro = Buffer.from('\u000eorder-9');

describe('the schema a body was written with', () => {
  it("is Azure's where the content type names it", () => {
    for (const contentType of [`avro/binary+${id}`, `application/json+${id}; charset=utf-8`]) {
      const { schema } = testEvent({ contentType, body: avro });
      assert.deepEqual(schema, { registry: 'azure', id, payload: avro });
    }
    const properties = { 'content-type': Buffer.from(`avro/binary+${id}`) };
    assert.equal(testEvent({ properties, body: avro }).schema?.id, id);
  });

  it("is Azure's where four zeros and the id stand in front", () => {
    const body = Buffer.concat([Buffer.alloc(4), Buffer.from(id), avro]);
    assert.deepEqual(testEvent({ body }).schema, { registry: 'azure', id, payload: avro });
  });

  it("is Confluent's where a zero and a number stand in front, of up to 32 bits", () => {
    const body = Buffer.concat([Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff), avro]);
    assert.deepEqual(testEvent({ body }).schema, { registry: 'confluent', id: '4294967295', payload: avro });
    assert.equal(testEvent({ body: body.subarray(0, 5) }).schema?.payload.byteLength, 0);
  });

  it("is Confluent's where the header names a number or a GUID", () => {
    const guid = Buffer.concat([Uint8Array.of(1), Buffer.from(id, 'hex')]);
    const properties = { __value_schema_id: guid };
    const dashed = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
    assert.deepEqual(testEvent({ properties, body: avro }).schema, {
      registry: 'confluent',
      id: dashed,
      payload: avro,
    });
  });

  it('is read behind the compression', () => {
    const body = gzipSync(Buffer.concat([Uint8Array.of(0, 0, 0, 0, 7), avro]));
    const { schema } = testEvent({ contentEncoding: 'gzip', body });
    assert.equal(schema?.id, '7');
    assert.deepEqual(Buffer.from(schema.payload), avro);
  });

  it('is none in a body without one', () => {
    const bodies = ['', '{"a":1}', Uint8Array.of(0, 1, 2), Uint8Array.of(1, 2, 3, 4, 5, 6), avro];
    for (const body of bodies) assert.equal(testEvent({ body }).schema, undefined);
    for (const contentType of ['application/cloudevents+json', 'avro/binary+xyz', 'application/json']) {
      assert.equal(testEvent({ contentType, body: avro }).schema, undefined);
    }
  });
});
