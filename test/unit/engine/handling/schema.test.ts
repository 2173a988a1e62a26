import { receivedEvent } from '../../../support/received-event.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { EventView } from '../../../../src/engine/handling/event-view.ts';
import { validate } from '../../../../src/engine/handling/schema.ts';

const reading = z.object({ sensor: z.string(), celsius: z.coerce.number() });

describe('validation by a schema', () => {
  it('answers a synchronous schema at once and gives the event its typed data', () => {
    const event = viewOf('{"sensor":"a","celsius":"21.5"}');
    assert.equal(validate(reading, event), undefined);
    assert.deepEqual(event.data, { sensor: 'a', celsius: 21.5 });
  });

  it('waits for a schema that has to', async () => {
    const slow = reading.refine(async () => true);
    const event = viewOf('{"sensor":"a","celsius":1}');
    assert.equal(await validate(slow, event), undefined);
    assert.deepEqual(event.data, { sensor: 'a', celsius: 1 });
  });

  it('renders the issues on one line, each with its place', () => {
    const event = viewOf('{"sensor":1,"celsius":"warm"}');
    const issues = validate(reading, event);
    assert.ok(typeof issues === 'string');
    assert.match(issues, /^sensor: .+; celsius: .+$/);
    assert.ok(!issues.includes('\n'));
    assert.deepEqual(event.data, { sensor: 1, celsius: 'warm' });
  });

  it('keeps the rendering bounded with very many or very long issues', () => {
    const many: StandardSchemaV1 = schemaOf(() => ({
      issues: Array.from({ length: 1000 }, (_, index) => ({
        message: `bad\n${'x'.repeat(500)}`,
        path: ['rows', { key: index }, 'name'],
      })),
    }));
    const issues = validate(many, viewOf('{}'));
    assert.ok(typeof issues === 'string');
    assert.ok(issues.startsWith('rows.0.name: bad xxx'));
    assert.ok(issues.endsWith('; and 990 more'));
    assert.ok(issues.length < 2300);
  });

  it('takes an issue without a place, and an empty list of issues, for invalid', () => {
    assert.equal(
      validate(
        schemaOf(() => ({ issues: [{ message: 'no' }] })),
        viewOf('{}'),
      ),
      'no',
    );
    assert.equal(
      typeof validate(
        schemaOf(() => ({ issues: [] })),
        viewOf('{}'),
      ),
      'string',
    );
  });

  it('reports a body that cannot be decoded as an issue', () => {
    const issues = validate(reading, viewOf('{', 'application/json'));
    assert.ok(typeof issues === 'string');
    assert.match(issues, /^The body is not JSON \(1 bytes/);
  });

  it('lets through what the schema itself throws', () => {
    const broken = schemaOf(() => {
      throw new Error('defect');
    });
    assert.throws(() => validate(broken, viewOf('{}')), /defect/);
  });
});

function schemaOf(run: (value: unknown) => StandardSchemaV1.Result<unknown>): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: run } };
}

function viewOf(text: string, contentType?: string): EventView {
  const properties = contentType === undefined ? {} : { contentType };
  return new EventView('0', receivedEvent({ sequenceNumber: 1, body: Buffer.from(text), properties }));
}
