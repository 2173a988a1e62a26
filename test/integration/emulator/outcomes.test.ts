// What a publisher is told of each message, when accepted and refused ones are settled in one turn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emulatorFor, HUB, producerFor } from './emulator-fixture.ts';

test('of many batches sent at once exactly those told as accepted are in the hub', async (t) => {
  // The clock stands still: one second's worth of a unit passes, in whatever order, and the rest is refused.
  const emulator = await emulatorFor(t, { throughputUnits: 1, now: () => 1_700_000_000_000 });
  const producer = producerFor(emulator);
  // On both sides of the limit the sizes alternate, so that accepted and refused batches follow each other closely.
  const sizes = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 90 : 40));
  await producer.createBatch();
  const told = await Promise.allSettled(
    sizes.map((size, index) =>
      producer.sendBatch(
        Array.from({ length: size }, () => ({ body: index })),
        { partitionId: String(index % 4) },
      ),
    ),
  );
  const accepted: readonly number[] = told.map(({ status }, index) =>
    status === 'fulfilled' ? (sizes[index] ?? 0) : 0,
  );
  for (const partition of emulator.hub(HUB).partitions) {
    const expected: readonly number[] = accepted.filter((_, index) => String(index % 4) === partition.id);
    assert.equal(
      partition.eventCount,
      expected.reduce((sum, count) => sum + count, 0),
      `partition ${partition.id}: told ${expected.join(' ')}`,
    );
  }
  assert.ok(told.some(({ status }) => status === 'fulfilled'));
  assert.ok(told.some(({ status }) => status === 'rejected'));
});
