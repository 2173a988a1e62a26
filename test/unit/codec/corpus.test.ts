import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { AmqpDecimal } from '../../../src/codec/amqp-decimal.ts';
import type { AmqpRecord, AmqpValue } from '../../../src/codec/amqp-value.ts';
import { Described } from '../../../src/codec/described.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import { whyUnreadable } from '../../../src/codec/why-unreadable.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';

const corpus = loadEventCorpus();

/** A value as the corpus says it should be read: tagged with what it is. */
interface Expected {
  readonly text?: string;
  readonly char?: string;
  readonly uuid?: string;
  readonly number?: number;
  readonly boolean?: boolean;
  readonly integer?: string;
  readonly decimal?: string;
  readonly date?: string;
  readonly bytes?: string;
  readonly null?: true;
  readonly described?: string;
  readonly ticks?: string;
}

test('the corpus is whole', () => {
  assert.equal(corpus.length, 66);
});

for (const event of corpus) {
  const encoded = encodeCorpusEvent(event);
  const message = new EncodedMessage(encoded);
  const { headers, annotations, messageId, correlationId, contentType, key, position } = event.expect;

  test(`G11: ${event.name}: every value and type survives`, () => {
    assert.equal(whyUnreadable(encoded), undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(decodeTypedMessage(encoded))), event.message);
  });

  test(`G11: ${event.name}: values read as what they are`, () => {
    checkNames(headers, message.applicationProperties);
    checkNames(annotations, message.annotations);
    if (messageId !== undefined) assert.equal(textOf(message.properties.messageId), messageId);
    if (correlationId !== undefined) assert.equal(textOf(message.properties.correlationId), correlationId);
    if (contentType !== undefined) assert.equal(message.properties.contentType, contentType);
    assert.equal(message.scanPosition().partitionKey, key);
    if (position !== undefined) {
      const { sequenceNumber, offset, enqueuedAtMs = 0 } = message.scanPosition();
      assert.deepEqual(
        { sequenceNumber, offset, enqueuedAt: new Date(enqueuedAtMs).toISOString() },
        position,
      );
    }
  });
}

function checkNames(expected: unknown, names: AmqpRecord): void {
  for (const [name, value] of Object.entries((expected ?? {}) as Record<string, Expected>)) {
    check(name, value, names[name]);
  }
}

function check(name: string, expected: Expected, value: AmqpValue | undefined): void {
  const { text, char, uuid, number, boolean, integer, decimal, date, bytes, described, ticks } = expected;
  if (described !== undefined) {
    assert.ok(value instanceof Described, name);
    assert.equal(value.descriptor, described, name);
    if (ticks !== undefined) assert.equal(BigInt(value.value as number), BigInt(ticks), name);
    if (date !== undefined) assert.deepEqual(value.meaning, new Date(date), name);
    if (text !== undefined) assert.equal(value.meaning, text, name);
    return;
  }
  if (date !== undefined) assert.deepEqual(value, new Date(date), name);
  else if (bytes !== undefined) assert.deepEqual(value, Buffer.from(bytes, 'base64'), name);
  else if (integer !== undefined) assert.equal(value, BigInt(integer), name);
  else if (decimal !== undefined)
    assert.equal(value instanceof AmqpDecimal && value.toString(), decimal, name);
  else assert.equal(value, text ?? char ?? uuid ?? number ?? boolean ?? null, name);
}

function textOf(id: unknown): string {
  return id instanceof Uint8Array ? Buffer.from(id).toString() : String(id);
}
