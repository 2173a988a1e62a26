// Arbitrary values and messages in the codec's lossless form.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { TypedMessage, TypedNames } from '../../../src/codec/typed-message.ts';
import type {
  AmqpTypeName,
  TextFormTypeName,
  TypedArray,
  TypedValue,
} from '../../../src/codec/typed-value.ts';

const signed = (bits: bigint): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).map(String);
const unsigned = (bits: bigint): fc.Arbitrary<string> =>
  fc.bigInt({ min: 0n, max: 2n ** bits - 1n }).map(String);
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'));
const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
const text = fc
  .string({ unit: 'grapheme', maxLength: 300, size: 'small' })
  .filter((value) => value.isWellFormed());

const scalarTexts: Readonly<Record<TextFormTypeName, fc.Arbitrary<string>>> = {
  ubyte: unsigned(8n),
  ushort: unsigned(16n),
  uint: fc.oneof(unsigned(8n), unsigned(32n)),
  ulong: fc.oneof(unsigned(8n), unsigned(53n), unsigned(64n)),
  byte: signed(8n),
  short: signed(16n),
  int: fc.oneof(signed(8n), signed(32n)),
  long: fc.oneof(signed(8n), signed(54n), signed(64n)),
  float: fc.oneof(fc.float().map(numberText), fc.constant('NaN:7fc00001')),
  double: fc.oneof(fc.double().map(numberText), fc.constant('NaN:fff8000000000000')),
  timestamp: fc.oneof(
    signed(64n),
    fc.constantFrom('8640000000000000', '-8640000000000000', '8640000000000001'),
  ),
  decimal32: hex(4),
  decimal64: hex(8),
  decimal128: hex(16),
  char: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((value) => value.isWellFormed()),
  uuid: hex(16).map(
    (id) => `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
  ),
  binary: fc
    .uint8Array({ maxLength: 300, size: 'small' })
    .map((value) => Buffer.from(value).toString('base64')),
  string: text,
  symbol: text,
};

const textForm = (type: TextFormTypeName): fc.Arbitrary<TypedValue> =>
  scalarTexts[type].map((value) => ({ type, value }));

const scalarTypes = Object.keys(scalarTexts) as TextFormTypeName[];

export const typedScalar: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.constant<TypedValue>({ type: 'null' }),
  fc.boolean().map((value): TypedValue => ({ type: 'boolean', value })),
  ...scalarTypes.map(textForm),
);

const { value: typedValue } = fc.letrec<{ value: TypedValue; array: TypedArray }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    typedScalar,
    fc.array(tie('value'), { maxLength: 5 }).map((value): TypedValue => ({ type: 'list', value })),
    fc
      .array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 })
      .map((value): TypedValue => ({ type: 'map', value })),
    tie('array').map((array): TypedValue => ({ type: 'array', ...array })),
    fc
      .tuple(tie('value'), tie('value'))
      .map(([descriptor, value]): TypedValue => ({ type: 'described', descriptor, value })),
  ),
  array: fc
    .tuple(
      fc.oneof(
        ...scalarTypes.map((of) => arrayOf(of, scalarTexts[of])),
        arrayOf('null', fc.constant(null)),
        arrayOf('boolean', fc.boolean()),
        arrayOf('list', fc.array(tie('value'), { maxLength: 3 })),
        arrayOf('map', fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 })),
        arrayOf('array', tie('array')),
      ),
      fc.option(fc.array(tie('value'), { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 5 }),
    )
    .map(([array, descriptors]) => ({
      of: array.of,
      ...(descriptors !== undefined && { descriptors }),
      value: array.value,
    })),
}));

export { typedValue };

function arrayOf(
  of: AmqpTypeName,
  item: fc.Arbitrary<TypedArray['value'][number]>,
): fc.Arbitrary<TypedArray> {
  return fc.array(item, { maxLength: 4 }).map((value) => ({ of, value }));
}

const names = (): fc.Arbitrary<TypedNames> =>
  fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'x-opt-partition-key')), typedValue, {
    maxKeys: 5,
    noNullPrototype: false,
  });

const id = fc.oneof(textForm('ulong'), textForm('uuid'), textForm('binary'), textForm('string'));
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Messages that are right in everything. */
export const typedMessage: fc.Arbitrary<TypedMessage> = fc
  .record({
    header: optional(
      fc.record(
        { durable: fc.boolean().map(bool), priority: textForm('ubyte'), ttl: textForm('uint') },
        { requiredKeys: [] },
      ),
    ),
    deliveryAnnotations: optional(names()),
    messageAnnotations: optional(names()),
    properties: optional(
      fc.record(
        {
          messageId: id,
          userId: textForm('binary'),
          to: textForm('string'),
          subject: textForm('string'),
          correlationId: id,
          contentType: textForm('symbol'),
          creationTime: textForm('timestamp'),
          groupSequence: textForm('uint'),
        },
        { requiredKeys: [] },
      ),
    ),
    applicationProperties: optional(names()),
    body: optional(
      fc.oneof(
        fc.array(scalarTexts.binary, { minLength: 1, maxLength: 3 }).map((data) => ({ data })),
        typedValue.map((value) => ({ value })),
        fc
          .array(fc.array(typedValue, { maxLength: 3 }), { minLength: 1, maxLength: 3 })
          .map((sequence) => ({ sequence })),
      ),
    ),
    footer: optional(names()),
  })
  .map((message) => JSON.parse(JSON.stringify(message)) as TypedMessage);

function bool(value: boolean): TypedValue {
  return { type: 'boolean', value };
}
