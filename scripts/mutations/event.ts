// Defects of what a handler reads of an event, and of the key that keeps events in order.

import type { Mutation } from '../mutations.ts';

const orderingKey = 'test/unit/engine/reading/ordering-key.test.ts';
const encodings = 'test/unit/engine/reading/content-encoding.test.ts';
const content = 'test/unit/engine/reading/content.test.ts';

export const eventMutations: readonly Mutation[] = [
  {
    name: 'only a partition key is an ordering key',
    harm: 'events of one Kafka key or of one device run side by side and overtake each other',
    guarantee: 'G2',
    edits: [
      {
        file: 'src/engine/reading/ordering-key.ts',
        find: '  for (const name of keyAnnotations) {',
        replace: '  for (const name of keyAnnotations.slice(2)) {',
      },
    ],
    tests: [orderingKey],
  },
  {
    name: 'keys of bytes are replaced where they are no text',
    harm: 'keys that are numbers fall together: unrelated events wait for each other',
    guarantee: 'G2',
    edits: [
      {
        file: 'src/engine/reading/ordering-key.ts',
        find: 'textOfBytes(value) ?? `${bytesMark}${hexOf(value)}`',
        replace: "Buffer.from(value).toString('utf8')",
      },
    ],
    tests: [orderingKey],
  },
  {
    name: 'gzip is decoded without a bound',
    harm: 'one event of a megabyte takes a gigabyte, and the process with it',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/engine/reading/content-encoding.ts',
        find: "['gzip', (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })],",
        replace: "['gzip', (bytes) => gunzipSync(bytes)],",
      },
    ],
    tests: [encodings],
  },
  {
    name: 'a tombstone is an empty body',
    harm: "a deletion of Kafka's log compaction looks like an event whose sender forgot the body",
    guarantee: 'G11',
    edits: [
      {
        file: 'src/engine/reading/content.ts',
        find: "return body.kind === 'none' || (body.kind === 'value' && body.value === null);",
        replace: "return body.kind === 'none' && this.bytes.byteLength > 0;",
      },
    ],
    tests: [content],
  },
];
