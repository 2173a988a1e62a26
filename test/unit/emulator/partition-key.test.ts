import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { hashOfKey, partitionOfKey } from '../../../src/emulator/hubs/partition-key.ts';

interface SdkHash {
  readonly hashPartitionKey: (key: string) => number;
  readonly mapPartitionKeyToId: (key: string, count: number) => number;
}

/** The SDK's own hash, which its buffered producer relies on; it is not exported, so it is loaded by path. */
async function sdkHash(): Promise<SdkHash> {
  const entry = createRequire(import.meta.url).resolve('@azure/event-hubs');
  const root = pathToFileURL(entry.slice(0, entry.lastIndexOf('dist')));
  const loaded: unknown = await import(new URL('dist/esm/impl/partitionKeyToIdMapper.js', root).href);
  return loaded as SdkHash;
}

test('a partition key hashes as in the SDK, whatever its length and alphabet', async () => {
  const { hashPartitionKey } = await sdkHash();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 128 }), (key) => {
      assert.equal(hashOfKey(key), hashPartitionKey(key));
    }),
    { numRuns: 2000 },
  );
});

test('a partition key goes to the partition the SDK expects, for any number of partitions', async () => {
  const { mapPartitionKeyToId } = await sdkHash();
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.integer({ min: 1, max: 1024 }), (key, count) => {
      const partition = partitionOfKey(key, count);
      assert.equal(partition, mapPartitionKeyToId(key, count));
      assert.ok(partition >= 0 && partition < count);
    }),
  );
});
