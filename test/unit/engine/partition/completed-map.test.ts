import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompletedSet,
  decodeCompleted,
  encodeCompleted,
  hasRoomInMap,
  maxCompletedCharacters,
} from '../../../../src/engine/partition/completed-map.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

/** `count` different sequence numbers in [1, distance], ascending; the same ones on every run. */
function scattered(distance: number, count: number): number[] {
  const random = new SeededRandom(1);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(1 + Math.floor(random.next() * distance));
  return [...chosen].toSorted((a, b) => a - b);
}

test('32,768 events of distance fit in any pattern', () => {
  const unfinished = scattered(32_768, 16_384);
  const map = encodeCompleted({ watermark: 0, head: 32_768, unfinished, carried: undefined });
  assert.ok(map.isWhole);
  assert.ok(map.text.length <= maxCompletedCharacters);
});

test('a million events behind one stuck event take a few hundred characters', () => {
  const map = encodeCompleted({ watermark: 0, head: 1_000_001, unfinished: [1], carried: undefined });
  assert.ok(map.isWhole);
  assert.ok(map.text.length < 500, `${map.text.length} characters`);
});

test('whatever hasRoomInMap lets in fits whole', () => {
  for (const distance of [33_000, 100_000, 1_000_000, 8_000_000]) {
    let count = 1;
    while (hasRoomInMap(distance, count + 1)) count += 1;
    const map = encodeCompleted({
      watermark: 0,
      head: distance,
      unfinished: scattered(distance, count),
      carried: undefined,
    });
    assert.ok(map.isWhole, `${count} unfinished in ${distance}: does not fit`);
  }
});

test('beyond its room a map is cut to a prefix, never to something wrong', () => {
  const unfinished = scattered(400_000, 40_000);
  const map = encodeCompleted({ watermark: 0, head: 400_000, unfinished, carried: undefined });
  assert.equal(map.isWhole, false);
  const decoded = decodeCompleted(map.text, 0);
  assert.ok(decoded instanceof CompletedSet);
  const isUnfinished = new Set(unfinished);
  for (let next = 1; next <= 400_000; next += 1) {
    if (decoded.has(next)) assert.ok(!isUnfinished.has(next));
  }
});

test('an empty map is no text', () => {
  assert.deepEqual(encodeCompleted({ watermark: 7, head: 7, unfinished: [], carried: undefined }), {
    text: '',
    isWhole: true,
  });
  assert.equal(decodeCompleted('', 7), undefined);
});

test('what is no map of ours is told as unreadable', () => {
  for (const text of [
    'x',
    '1.r.8',
    '2.r.8.0.AA==',
    '1.r.-1.0.AA==',
    '1.r.999999999999.0.AA==',
    '1.d.8.0.!!!!',
    '1.r.8.0.AA==',
  ]) {
    const decoded = decodeCompleted(text, 0);
    assert.ok(decoded !== undefined && 'unreadable' in decoded, text);
  }
});

test('a deflated payload that swells beyond its length is refused before it costs memory', () => {
  const bomb = encodeCompleted({
    watermark: 0,
    head: 1_000_000,
    unfinished: [1],
    carried: undefined,
  }).text.split('.');
  const decoded = decodeCompleted(['1', 'd', '8', bomb[3], bomb[4]].join('.'), 0);
  assert.ok(decoded !== undefined && 'unreadable' in decoded);
});
