// G1, G5: the watermark and the completed map against a naive model.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeCompleted,
  encodeCompleted,
  maxCompletedCharacters,
  CompletedSet,
} from '../../src/engine/partition/completed-map.ts';
import type { InFlight } from '../../src/engine/partition/in-flight.ts';
import { Watermark } from '../../src/engine/partition/watermark.ts';
import { receivedEvent } from '../support/received-event.ts';

interface Model {
  readonly admitted: number[];
  readonly finished: Set<number>;
}

/** Gaps in sequence numbers, then a random order of completions cut off at a random point. */
const history = fc.record({
  start: fc.integer({ min: -1, max: 1_000_000 }),
  gaps: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 50 }) },
    ),
    {
      minLength: 1,
      maxLength: 200,
    },
  ),
  order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
  completions: fc.nat({ max: 200 }),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

function play({ start, gaps, order, completions }: History): { watermark: Watermark; model: Model } {
  const watermark = new Watermark('0', { sequenceNumber: start, offset: `@${start}` });
  const model: Model = { admitted: [], finished: new Set() };
  const items: InFlight[] = [];
  let sequenceNumber = start;
  for (const gap of gaps) {
    sequenceNumber += gap;
    model.admitted.push(sequenceNumber);
    items.push(watermark.admit(receivedEvent({ sequenceNumber, offset: `@${sequenceNumber}` })));
  }
  const shuffled = items
    .map((item, index) => [order[index] ?? 0, item] as const)
    .toSorted(([a], [b]) => a - b);
  for (const [, item] of shuffled.slice(0, completions)) {
    watermark.finish(item);
    model.finished.add(item.sequenceNumber);
  }
  return { watermark, model };
}

function naiveWatermark(start: number, model: Model): number {
  let last = start;
  for (const sequenceNumber of model.admitted) {
    if (!model.finished.has(sequenceNumber)) return last;
    last = sequenceNumber;
  }
  return last;
}

test('G1: the watermark equals a naive model, offset included', () => {
  fc.assert(
    fc.property(history, (given) => {
      const { watermark, model } = play(given);
      const expected = naiveWatermark(given.start, model);
      assert.equal(watermark.position.sequenceNumber, expected);
      assert.equal(watermark.position.offset, `@${expected}`);
      assert.equal(watermark.sequenceNumber, expected);
      const unfinished = model.admitted.filter((sequenceNumber) => !model.finished.has(sequenceNumber));
      assert.deepEqual([...watermark.unfinished()], unfinished);
      assert.equal(watermark.unfinishedCount, unfinished.length);
    }),
  );
});

test('G1 G5: the next owner skips exactly what was finished above the watermark', () => {
  fc.assert(
    fc.property(history, (given) => {
      const { watermark, model } = play(given);
      const { text, isWhole } = encodeCompleted({
        watermark: watermark.sequenceNumber,
        head: watermark.headSequenceNumber,
        unfinished: watermark.unfinished(),
        carried: undefined,
      });
      assert.ok(isWhole);
      const decoded = decodeCompleted(text, watermark.sequenceNumber);
      assert.ok(decoded === undefined || decoded instanceof CompletedSet);
      for (const sequenceNumber of model.admitted) {
        if (sequenceNumber <= watermark.sequenceNumber) continue;
        assert.equal(decoded?.has(sequenceNumber) ?? false, model.finished.has(sequenceNumber));
      }
    }),
  );
});

test('G5: what a former owner finished beyond our head is carried on', () => {
  fc.assert(
    fc.property(history, fc.nat({ max: 400 }), (given, headAhead) => {
      const { watermark, model } = play(given);
      const from = watermark.sequenceNumber;
      const range = {
        watermark: from,
        head: watermark.headSequenceNumber,
        unfinished: watermark.unfinished(),
      };
      const first = decodeCompleted(encodeCompleted({ ...range, carried: undefined }).text, from);
      const carried = first instanceof CompletedSet ? first : undefined;
      // The next owner has received only a part again, finished none of it, and writes its own map.
      const head = Math.min(from + headAhead, watermark.headSequenceNumber);
      const unfinished = model.admitted.filter(
        (sequenceNumber) =>
          sequenceNumber > from && sequenceNumber <= head && !model.finished.has(sequenceNumber),
      );
      const again = decodeCompleted(
        encodeCompleted({ watermark: from, head, unfinished, carried }).text,
        from,
      );
      for (const sequenceNumber of model.admitted) {
        if (sequenceNumber <= from) continue;
        const isDone = again instanceof CompletedSet && again.has(sequenceNumber);
        assert.equal(isDone, model.finished.has(sequenceNumber), `event ${sequenceNumber}`);
      }
    }),
  );
});

test('G1: a damaged map is recognised and ignored', () => {
  fc.assert(
    fc.property(
      history,
      fc.nat(),
      fc.constantFrom('flip', 'cut', 'other watermark', 'other count'),
      (given, at, damage) => {
        const { watermark } = play(given);
        const from = watermark.sequenceNumber;
        const { text } = encodeCompleted({
          watermark: from,
          head: watermark.headSequenceNumber,
          unfinished: watermark.unfinished(),
          carried: undefined,
        });
        if (text === '') return;
        const damaged = spoil(text, at, damage);
        const decoded = decodeCompleted(damaged, damage === 'other watermark' ? from + 1 : from);
        if (damaged === text && damage !== 'other watermark') return;
        // Base64 has spare bits: a changed letter may decode to the same bytes, and then means the same.
        const original = decodeCompleted(text, from);
        assert.ok(original instanceof CompletedSet);
        if (decoded instanceof CompletedSet) {
          for (let next = from + 1; next <= Math.max(decoded.last, original.last); next += 1) {
            if (decoded.has(next)) assert.ok(original.has(next), `event ${next} would be skipped unfinished`);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

function spoil(text: string, at: number, damage: string): string {
  const parts = text.split('.');
  const index = at % text.length;
  if (damage === 'flip')
    return `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`;
  if (damage === 'cut') return text.slice(0, index);
  if (damage === 'other count')
    return [parts[0], parts[1], String(Number(parts[2]) + 8), parts[3], parts[4]].join('.');
  return text;
}

test('G7: a map never exceeds its room, however scattered', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300_000 }), fc.integer({ min: 2, max: 50 }), (distance, every) => {
      const unfinished = Array.from(
        { length: Math.floor(distance / every) },
        (_, index) => index * every + 1 + ((index * 7) % every),
      );
      const { text } = encodeCompleted({ watermark: 0, head: distance, unfinished, carried: undefined });
      assert.ok(text.length <= maxCompletedCharacters);
    }),
    { numRuns: 50 },
  );
});
