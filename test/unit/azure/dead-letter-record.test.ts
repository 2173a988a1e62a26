import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeLetter, encodeLetter } from '../../../src/azure/dead-letter-record.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { base64, deadLetterOf, keyed } from '../../support/dead-letter.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';
import { typedMessage } from '../../support/codec/typed-values.ts';

const origin = { namespace: 'ns', eventHub: 'hub', consumerGroup: 'group' };

describe('the record of a dead letter', () => {
  it('G11: gives back every byte and every field of any message', () => {
    fc.assert(
      fc.property(
        typedMessage,
        fc.record({ sequenceNumber: fc.maxSafeNat(), error: fc.string({ unit: 'binary' }) }),
        (message, fields) => {
          const letter = deadLetterOf({ ...fields, message });
          assert.deepEqual(shown(throughJson(letter)), shown(letter));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('G11: gives back every byte of what nobody can decode', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const letter = deadLetterOf({ message: bytes, reason: 'undecodable' });
        assert.deepEqual(shown(throughJson(letter)), shown(letter));
      }),
    );
  });

  it('shows every event of the corpus beside its bytes', () => {
    for (const event of loadEventCorpus()) {
      const encoded = encodeCorpusEvent(event);
      const record = recordOf(deadLetterOf({ message: encoded }));
      const { omitted, ...view } = record['view'] as Record<string, unknown>;
      if (omitted === undefined) assert.deepEqual(view, plain(decodeTypedMessage(encoded)), event.name);
      else assert.ok(encoded.length > 16_384, event.name);
    }
  });

  it('keeps the readable sections of a message beside one that is not', () => {
    const good = encodeMessage({ messageAnnotations: keyed('car-1') });
    const record = recordOf(
      deadLetterOf({ message: Buffer.concat([good, Buffer.from('005374c1ff', 'hex')]) }),
    );
    const view = record['view'] as { messageAnnotations: unknown; undecodable: unknown[] };
    assert.deepEqual(view.messageAnnotations, keyed('car-1'));
    assert.equal(view.undecodable.length, 1);
  });

  it('holds an event of 1 MiB, and a value whose lossless form is forty times its size, in less than 2 MiB', () => {
    const large = { body: { data: [Buffer.alloc(1_048_000, 1).toString('base64')] } };
    assert.ok(encodeLetter(deadLetterOf({ message: large }), origin).length < 2 * 1024 * 1024);
    const truths = Array.from({ length: 500_000 }, () => ({ type: 'boolean', value: true }) as const);
    const wide = { body: { sequence: [truths] } };
    assert.ok(encodeLetter(deadLetterOf({ message: wide }), origin).length < 2 * 1024 * 1024);
  });

  it('cuts an error that would fill the blob', () => {
    const { error } = throughJson(deadLetterOf({ error: 'x'.repeat(10_000_000) }));
    assert.equal(error.length, 32_768);
  });

  it('stores a letter whatever a handler gave as its reason', () => {
    for (const given of [new Error('out of stock'), undefined, null, 7, Symbol('x'), Object.create(null)]) {
      const letter = { ...deadLetterOf(), error: given as string };
      assert.equal(typeof throughJson(letter).error, 'string');
    }
    assert.equal(
      throughJson({ ...deadLetterOf(), error: new Error('gone') as unknown as string }).error,
      'gone',
    );
  });

  it('tells a letter without an enqueued time', () => {
    const { enqueuedAtMs } = throughJson(deadLetterOf({ enqueuedAtMs: Number.NaN })).event;
    assert.ok(Number.isNaN(enqueuedAtMs));
  });

  it('refuses what is cut, edited or of another type, and says why', () => {
    const whole = encodeLetter(deadLetterOf(), origin).toString('utf8');
    const record = recordOf(deadLetterOf());
    const throws = (text: string): void =>
      assert.throws(
        () => decodeLetter(text),
        (error) => error instanceof TypeError || error instanceof SyntaxError,
        text.slice(0, 80),
      );
    for (let length = 0; length < whole.length - 2; length += 7) throws(whole.slice(0, length));
    for (const field of [
      'partitionId',
      'sequenceNumber',
      'offset',
      'reason',
      'error',
      'attempts',
      'message',
    ]) {
      for (const wrong of [{}, [], true, '\u0000', 1e300, -0.5, undefined]) {
        if (['partitionId', 'offset', 'error'].includes(field) && typeof wrong === 'string') continue;
        throws(JSON.stringify({ ...record, [field]: wrong }));
      }
    }
    for (const text of [
      '',
      'null',
      '[]',
      '1',
      '{}',
      '{"version":3,"reason":"exhausted"}',
      '[['.repeat(50_000),
    ]) {
      throws(text);
    }
  });
});

describe('a letter of version 1', () => {
  it('is read with the types it tells', () => {
    const letter = decodeLetter(
      JSON.stringify(
        versionOne({
          partitionKey: 'car-1',
          messageId: 'm-1',
          properties: {
            text: 'a',
            whole: 3,
            half: 0.5,
            yes: true,
            big: { $integer: '1152921504606846976' },
            at: { $date: '1970-01-01T00:00:00.001Z' },
            bytes: { $bytes: base64('xy') },
            none: { $number: 'NaN' },
            nested: { list: [1, null] },
          },
          systemProperties: {
            'iothub-connection-device-id': 'd-1',
            subject: 's',
            userId: { $bytes: base64('u') },
          },
        }),
      ),
    );
    assert.equal(letter.event.partitionKey, 'car-1');
    const message = decodeTypedMessage(letter.event.message.encoded);
    assert.deepEqual(plain(message), {
      messageAnnotations: {
        'iothub-connection-device-id': { type: 'string', value: 'd-1' },
        'x-opt-partition-key': { type: 'string', value: 'car-1' },
      },
      properties: {
        messageId: { type: 'string', value: 'm-1' },
        userId: { type: 'binary', value: base64('u') },
        subject: { type: 'string', value: 's' },
      },
      applicationProperties: {
        text: { type: 'string', value: 'a' },
        whole: { type: 'long', value: '3' },
        half: { type: 'double', value: '0.5' },
        yes: { type: 'boolean', value: true },
        big: { type: 'long', value: '1152921504606846976' },
        at: { type: 'timestamp', value: '1' },
        bytes: { type: 'binary', value: base64('xy') },
        none: { type: 'double', value: 'NaN' },
        nested: {
          type: 'map',
          value: [
            [
              { type: 'string', value: 'list' },
              { type: 'list', value: [{ type: 'long', value: '1' }, { type: 'null' }] },
            ],
          ],
        },
      },
      body: { data: [base64('hello')] },
    });
  });

  it('is read although a sender used names that version 1 kept for itself', () => {
    for (const properties of [
      { $date: 'never' },
      { $bytes: 'a' },
      { a: { $date: 'never' } },
      { a: { $integer: 'x' } },
    ]) {
      const { message } = decodeLetter(JSON.stringify(versionOne({ properties }))).event;
      assert.deepEqual(Object.keys(message.applicationProperties), Object.keys(properties));
    }
  });

  it('gives a letter that can be encoded, or an error, whatever its values are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.jsonValue(),
        (properties, systemProperties) => {
          let letter: DeadLetter;
          try {
            letter = decodeLetter(JSON.stringify(versionOne({ properties, systemProperties })));
          } catch (error) {
            assert.ok(error instanceof TypeError);
            return;
          }
          assert.deepEqual(
            Object.keys(letter.event.message.applicationProperties).sort(),
            Object.keys(properties).sort(),
          );
        },
      ),
    );
  });
});

function versionOne(fields: object): object {
  return {
    version: 1,
    partitionId: '0',
    sequenceNumber: 7,
    offset: '4711',
    enqueuedAtMs: 1000,
    reason: 'exhausted',
    error: 'e',
    attempts: 5,
    deadLetteredAtMs: 2000,
    workerId: 'w',
    bodyBase64: base64('hello'),
    ...fields,
  };
}

function throughJson(letter: DeadLetter): DeadLetter {
  return decodeLetter(encodeLetter(letter, origin).toString('utf8'));
}

function recordOf(letter: DeadLetter): Record<string, unknown> {
  return JSON.parse(encodeLetter(letter, origin).toString('utf8')) as Record<string, unknown>;
}

/** Records without a prototype compare as others do. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function shown({ event, error, ...letter }: DeadLetter): unknown {
  const { message, ...position } = event;
  return {
    ...letter,
    error: Buffer.from(error).toString('hex'),
    ...position,
    encoded: Buffer.from(message.encoded).toString('hex'),
  };
}
