// What one event that waits long keeps of the socket's memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EventSlab } from '../../../src/azure/event-slab.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are kept for each chunk when its first event is not finished. */
async function keptBytes(eventBytes: number, chunks: number): Promise<number> {
  const slab = new EventSlab();
  const unfinished: Buffer[] = [];
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < chunks; index += 1) {
    const chunk = Buffer.alloc(64 * 1024, index);
    for (let at = 0; at + eventBytes <= chunk.length; at += eventBytes) {
      slab.keep(chunk, at, at + eventBytes);
      if (at === 0) unfinished.push(slab.bytes.subarray(slab.from, slab.to));
    }
  }
  // Memory of buffers is given back by a thread of its own.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const kept = process.memoryUsage().arrayBuffers - before;
  assert.equal(unfinished.length, chunks);
  return kept / chunks;
}

test('G7: an event behind a stuck lane keeps 16 KiB or four times its size, not the 64 KiB it came with', async () => {
  for (const eventBytes of [100, 1000, 5000, 10_000]) {
    const kept = await keptBytes(eventBytes, 500);
    assert.ok(kept <= Math.max(17 * 1024, 4 * eventBytes), `${eventBytes} bytes keep ${Math.round(kept)}`);
  }
});

test('what is kept is what came, whatever its size', () => {
  const slab = new EventSlab();
  const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, index) => index % 251));
  for (let from = 0, size = 1; from + size < chunk.length; from += size, size += 37) {
    slab.keep(chunk, from, from + size);
    const kept = slab.bytes.subarray(slab.from, slab.to);
    assert.ok(kept.equals(chunk.subarray(from, from + size)), `${size} bytes`);
  }
});
