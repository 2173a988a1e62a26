// G11: what the codec writes, it reads, with every value and every type; and nothing else comes out of any bytes.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { withApplicationProperties } from '../../src/codec/application-properties.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import { decodeTyped, decodeValue } from '../../src/codec/decode.ts';
import { encodeMessage } from '../../src/codec/encode-message.ts';
import { encodeValue } from '../../src/codec/encode-value.ts';
import { EncodedMessage } from '../../src/codec/encoded-message.ts';
import { skipValue } from '../../src/codec/skip-value.ts';
import { encodeTyped } from '../../src/codec/typed-encoder.ts';
import { decodeTypedMessage } from '../../src/codec/typed-message.ts';
import type { TypedMessage } from '../../src/codec/typed-message.ts';
import { encodeAnyhow } from '../support/codec/any-encoding.ts';
import { typedMessage, typedValue } from '../support/codec/typed-values.ts';

const choices = fc.infiniteStream(fc.nat({ max: 1 })).map((stream) => () => Number(stream.next().value));

test('G11: a value in any of its encodings is read with its type, and steps are as long as reads', () => {
  fc.assert(
    fc.property(typedValue, choices, (typed, choose) => {
      for (const encoded of [encodeTyped(typed), encodeAnyhow(typed, choose)]) {
        const padded = Buffer.concat([encoded, Buffer.from([0x40])]);
        assert.deepEqual(decodeTyped(padded), { value: typed, next: encoded.length });
        assert.equal(skipValue(padded, 0, padded.length), encoded.length);
        try {
          assert.equal(decodeValue(padded).next, encoded.length);
        } catch (error) {
          assert.ok(
            (error instanceof CodecError && error.reason.includes('twice')) ||
              String(error).includes('same key'),
          );
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('G11: a message keeps every section, value and type', () => {
  fc.assert(
    fc.property(typedMessage, (message) => {
      assert.deepEqual(plain(decodeTypedMessage(encodeMessage(message))), message);
    }),
    { numRuns: 1500 },
  );
});

test('G11: what a value of JavaScript is sent as reads as that value', () => {
  const values = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: false }).map(withoutPrototype),
    ),
  })).value;
  fc.assert(
    fc.property(values, (value) => {
      assert.deepEqual(decodeValue(encodeValue(value)).value, value);
    }),
    { numRuns: 2000 },
  );
});

test('G11: any bytes are read or refused with a place in them', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(
        typedMessage.map((message) => encodeMessage(message)),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
      )
      .map(([encoded, changes]) => {
        const changed = Buffer.from(encoded);
        for (const [at, byte] of changes) if (changed.length > 0) changed[at % changed.length] = byte;
        return changed;
      }),
  );
  fc.assert(
    fc.property(bytes, (encoded) => {
      const message = new EncodedMessage(encoded);
      message.scanPosition();
      const reads = [
        () => message.header,
        () => message.deliveryAnnotations,
        () => message.annotations,
        () => message.properties,
        () => message.applicationProperties,
        () => message.body,
        () => message.footer,
        () => decodeTypedMessage(encoded),
      ];
      for (const read of reads) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof CodecError, String(error));
          assert.ok(error.at >= 0 && error.at <= encoded.length);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('entries put into the application properties change nothing else', () => {
  fc.assert(
    fc.property(
      typedMessage,
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
      (message, entries) => {
        const encoded = encodeMessage(message);
        const changed = withApplicationProperties(encoded, entries);
        const { applicationProperties: before = {}, ...others } = plain(decodeTypedMessage(encoded));
        const { applicationProperties: after = {}, ...sameOthers } = plain(decodeTypedMessage(changed));
        assert.deepEqual(sameOthers, others);
        const expected = Object.entries(entries).map(([name, value]) => [
          name,
          typeof value === 'string' ? { type: 'string', value } : { type: 'int', value: String(value) },
        ]);
        assert.deepEqual(after, Object.fromEntries([...Object.entries(before), ...expected]));
      },
    ),
    { numRuns: 1500 },
  );
});

function plain(message: TypedMessage): TypedMessage {
  return JSON.parse(JSON.stringify(message)) as TypedMessage;
}

function withoutPrototype(record: Record<string, unknown>): object {
  return Object.assign(Object.create(null) as object, record);
}
