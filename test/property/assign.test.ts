import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assign } from '../../src/engine/leases/assign.ts';

const group = fc
  .record({
    partitionCount: fc.integer({ min: 0, max: 40 }),
    workerCount: fc.integer({ min: 1, max: 12 }),
    seed: fc.array(fc.integer({ min: -1, max: 14 }), { minLength: 40, maxLength: 40 }),
  })
  .map(({ partitionCount, workerCount, seed }) => {
    const partitionIds = Array.from({ length: partitionCount }, (_, index) => String(index));
    const workerIds = Array.from({ length: workerCount }, (_, index) => `worker-${index}`);
    // Holders may be nobody (-1) or workers that have left (beyond workerCount).
    const holders = new Map<string, string>();
    partitionIds.forEach((partitionId, index) => {
      const holder = seed[index] ?? -1;
      if (holder >= 0) holders.set(partitionId, `worker-${holder}`);
    });
    return { partitionIds, workerIds, holders };
  });

function countsOf(desired: ReadonlyMap<string, string>, workerIds: readonly string[]): number[] {
  return workerIds.map((workerId) => [...desired.values()].filter((owner) => owner === workerId).length);
}

/** Moves that any even assignment needs: what each worker holds beyond its share, with the largest shares for the largest holders. */
function fewestMoves(input: Parameters<typeof assign>[0]): number {
  const held = input.workerIds
    .map((workerId) => input.partitionIds.filter((id) => input.holders.get(id) === workerId).length)
    .toSorted((a, b) => b - a);
  const smaller = Math.floor(input.partitionIds.length / input.workerIds.length);
  const larger = input.partitionIds.length - smaller * input.workerIds.length;
  return held.reduce(
    (sum, count, rank) => sum + Math.max(0, count - (rank < larger ? smaller + 1 : smaller)),
    0,
  );
}

test('gives every partition to somebody who takes part, in shares that differ by at most one', () => {
  fc.assert(
    fc.property(group, (input) => {
      const desired = assign(input);
      assert.equal(desired.size, input.partitionIds.length);
      const counts = countsOf(desired, input.workerIds);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      for (const owner of desired.values()) assert.ok(input.workerIds.includes(owner));
    }),
  );
});

test('moves no partition that could have stayed', () => {
  fc.assert(
    fc.property(group, (input) => {
      const desired = assign(input);
      const moved = input.partitionIds.filter((id) => {
        const holder = input.holders.get(id);
        return holder !== undefined && input.workerIds.includes(holder) && desired.get(id) !== holder;
      });
      assert.equal(moved.length, fewestMoves(input));
    }),
  );
});

test('comes to the same answer in whatever order the view is listed', () => {
  fc.assert(
    fc.property(group, fc.infiniteStream(fc.nat()), (input, order) => {
      const shuffled = <T>(items: readonly T[]): T[] =>
        items
          .map((item) => [order.next().value ?? 0, item] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, item]) => item);
      const again = assign({
        partitionIds: shuffled(input.partitionIds),
        workerIds: shuffled(input.workerIds),
        holders: new Map(shuffled([...input.holders])),
      });
      const first = assign(input);
      assert.equal(again.size, first.size);
      for (const [partitionId, owner] of first) assert.equal(again.get(partitionId), owner);
    }),
  );
});

test('is settled once carried out: nothing moves a second time', () => {
  fc.assert(
    fc.property(group, (input) => {
      const desired = assign(input);
      assert.deepEqual(assign({ ...input, holders: desired }), desired);
    }),
  );
});

test('stays the same while its moves are carried out one by one', () => {
  fc.assert(
    fc.property(group, fc.nat(), (input, pick) => {
      const desired = assign(input);
      const moves = [...desired].filter(([id, owner]) => input.holders.get(id) !== owner);
      if (moves.length === 0) return;
      const holders = new Map(input.holders);
      // All moves are promised at the first look (an open request counts as fulfilled), and done in any order.
      for (const [id, owner] of moves) holders.set(id, owner);
      const [doneId] = moves[pick % moves.length] ?? [''];
      assert.equal(assign({ ...input, holders }).get(doneId), desired.get(doneId));
    }),
  );
});

test('gives nothing when nobody takes part', () => {
  assert.equal(assign({ partitionIds: ['0', '1'], workerIds: [], holders: new Map() }).size, 0);
});
