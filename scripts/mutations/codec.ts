// Defects of the codec: what would lose an event, its types, or the process.
import type { Mutation } from '../mutations.ts';

const malformed = 'test/unit/codec/malformed.test.ts';
const hostile = 'test/unit/codec/hostile-values.test.ts';
const encodings = 'test/unit/codec/encodings.test.ts';
const message = 'test/unit/codec/encoded-message.test.ts';
const properties = 'test/property/codec.test.ts';

export const codecMutations: readonly Mutation[] = [
  {
    name: 'values as deep as a sender likes',
    harm: 'an event of nested lists takes memory and time without a bound',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/value-reader.ts',
        find: 'if (this.#depth > this.#maxDepth)',
        replace: 'if (this.#depth > 1e9)',
      },
    ],
    tests: [malformed, hostile],
  },
  {
    name: 'items without bytes are not counted',
    harm: '13 bytes that count 2,147,483,647 nulls end the process',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/value-reader.ts',
        find: '    this.#itemsLeft -= count;\n',
        replace: '',
      },
    ],
    tests: [malformed],
  },
  {
    name: 'a count is believed before the bytes are there',
    harm: 'a list that counts four thousand million items is begun',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/value-reader.ts',
        find: "if (kind !== 'array' && count > sizedEnd - this.at)",
        replace: "if (kind !== 'array' && count > 2 ** 33)",
      },
    ],
    tests: [malformed],
  },
  {
    name: 'the size of a list is not compared with its items',
    harm: 'what is stepped over and what is read differ, so a section is taken for another',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/value-reader.ts',
        find: "if (kind !== 'described' && this.at !== open.end)",
        replace: "if (kind === 'described' && this.at !== open.end)",
      },
    ],
    tests: [malformed],
  },
  {
    name: 'text that is no UTF-8 is read with replacement characters',
    harm: 'a handler gets other text than was sent, and nobody is told',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/scalars.ts',
        find: 'if (text.includes(REPLACEMENT) &&',
        replace: "if (text === '' &&",
      },
    ],
    tests: [malformed],
  },
  {
    name: 'a key that is there twice replaces the first',
    harm: 'a property is lost in silence',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/natural-form.ts',
        find: 'if (name in record) throw',
        replace: "if (name === '') throw",
      },
    ],
    tests: [malformed, message],
  },
  {
    name: '64-bit integers are rounded',
    harm: 'an order number beyond 2^53 is that of another order',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/natural-form.ts',
        find: 'if (Number.isSafeInteger(number)) return number;',
        replace: 'if (Number.isInteger(number)) return number;',
      },
    ],
    tests: [encodings],
  },
  {
    name: 'a second section replaces the first',
    harm: 'properties that came are not read, and nobody is told',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/encoded-message.ts',
        find: 'if (known !== NONE) throw new CodecError',
        replace: 'if (code === 0) throw new CodecError',
      },
    ],
    tests: [message],
  },
  {
    name: 'a spliced entry keeps the one of its name',
    harm: 'a replayed event has a property twice, and is read by nobody',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/codec/application-properties.ts',
        find: '!names.some((name) => name.equals(bytes.subarray(text, value)))',
        replace: 'names.length > 0',
      },
    ],
    tests: [properties],
  },
];
