import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidArgumentError } from 'commander';
import type { DeadLetterEntry } from '../../../../src/cli/dead-letters/archive.ts';
import {
  isEverything,
  isSelected,
  parseLetterId,
  selectionOf,
  timeParser,
} from '../../../../src/cli/dead-letters/selection.ts';

const entry: DeadLetterEntry = {
  partitionId: '3',
  sequenceNumber: 42,
  reason: 'invalid',
  error: 'x',
  attempts: 1,
  deadLetteredAtMs: 1000,
  replayedAtMs: undefined,
  enqueuedAtMs: 700,
  sizeBytes: 1,
  etag: '"1"',
  message: undefined,
};

describe('the selection of dead letters', () => {
  it('takes what meets every condition', () => {
    const all = { partition: ['1', '3'], reason: ['invalid'], since: 1000, until: 1001 } as const;
    assert.equal(
      isSelected(
        entry,
        selectionOf([{ partitionId: '3', sequenceNumber: 42, enqueued: undefined }], all, false),
      ),
      true,
    );
    assert.equal(isSelected(entry, selectionOf([], {}, false)), true);
  });

  for (const [name, options] of [
    ['another partition', { partition: ['30'] }],
    ['another reason', { reason: ['handler'] }],
    ['a later time', { since: 1001 }],
    ['an earlier time', { until: 1000 }],
  ] as const) {
    it(`leaves out ${name}`, () => {
      assert.equal(isSelected(entry, selectionOf([], options, false)), false);
      assert.equal(isEverything(selectionOf([], options, false)), false);
    });
  }

  it('leaves out another id and what was replayed', () => {
    assert.equal(isSelected(entry, selectionOf([parseLetterId('3/4')], {}, false)), false);
    assert.equal(isSelected(entry, selectionOf([parseLetterId('3/42/701')], {}, false)), false);
    assert.equal(isSelected(entry, selectionOf([parseLetterId('3/42/700')], {}, false)), true);
    const replayed = { ...entry, replayedAtMs: 5 };
    assert.equal(isSelected(replayed, selectionOf([], {}, false)), false);
    assert.equal(isSelected(replayed, selectionOf([], {}, true)), true);
  });

  it('reads ids and times as people write them', () => {
    const position = { partitionId: '3', sequenceNumber: 42 };
    assert.deepEqual(parseLetterId('3/42'), { ...position, enqueued: undefined });
    assert.deepEqual(parseLetterId('3/42/1000'), { ...position, enqueued: 1000 });
    assert.deepEqual(parseLetterId('3/42/v1'), { ...position, enqueued: 'v1' });
    for (const bad of ['3', '3/', '/42', '3/x', '3/42/x', '3/42/1/1', '']) {
      assert.throws(() => parseLetterId(bad), InvalidArgumentError, bad);
    }
    const parse = timeParser(() => 10 * 86_400_000);
    assert.equal(parse('7d'), 3 * 86_400_000);
    assert.equal(parse('90m'), 10 * 86_400_000 - 5_400_000);
    assert.equal(parse('2026-01-31T12:00:00Z'), Date.UTC(2026, 0, 31, 12));
    assert.equal(parse('2026-01-31T12:00:00+01:00'), Date.UTC(2026, 0, 31, 11));
    for (const bad of ['yesterday', '2026-01-31', '2026-01-31T12:00:00', '7', '7w', '2026-99-31T12:00:00Z']) {
      assert.throws(() => parse(bad), InvalidArgumentError, bad);
    }
  });
});
