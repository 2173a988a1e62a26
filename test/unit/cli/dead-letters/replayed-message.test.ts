import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { replayedMessageOf } from '../../../../src/cli/dead-letters/replayed-message.ts';
import { letterEvent } from '../../../../src/azure/letter-event.ts';
import { encodeMessage } from '../../../../src/codec/encode-message.ts';
import { withApplicationProperties } from '../../../../src/codec/application-properties.ts';
import type { TypedNames } from '../../../../src/codec/typed-message.ts';
import type { TypedEntry, TypedValue } from '../../../../src/codec/typed-value.ts';
import { openLetterOf } from '../../../support/dead-letter.ts';
import { typedMessage } from '../../../support/codec/typed-values.ts';

const broker: readonly TypedEntry[] = entriesOf({
  'x-opt-sequence-number': { type: 'long', value: '9' },
  'x-opt-offset': { type: 'string', value: '64' },
  'x-opt-enqueued-time': { type: 'timestamp', value: '1000' },
});
const labels = { 'eventhub-worker-replay-attempt': 1, 'eventhub-worker-replay-of': '3:9:1000' };
const position = { sequenceNumber: 9, enqueuedAtMs: 1000, partitionId: '3' };

describe('a replayed message', () => {
  it('G11: has every byte of the original and ours besides', () => {
    fc.assert(
      fc.property(typedMessage, (message) => {
        const { messageAnnotations = [], ...others } = message;
        const annotations = entriesOf(messageAnnotations);
        const received = { ...others, messageAnnotations: [...annotations, ...broker] };
        const { plain, labelled } = replayedMessageOf(openLetterOf({ ...position, message: received }));
        const sent = annotations.length === 0 ? others : { ...others, messageAnnotations: annotations };
        assert.deepEqual(plain, encodeMessage(sent));
        assert.deepEqual(labelled, withApplicationProperties(plain, labels));
      }),
      { numRuns: 200 },
    );
  });

  it('counts replays and keeps the first place over them', () => {
    const first = replayedMessageOf(openLetterOf(position));
    const again = replayedMessageOf(
      openLetterOf({ ...position, sequenceNumber: 77, message: first.labelled ?? first.plain }),
    );
    const { applicationProperties } = letterEvent(again.labelled ?? again.plain, position).message;
    assert.deepEqual(
      { ...applicationProperties },
      { 'eventhub-worker-replay-attempt': 2, 'eventhub-worker-replay-of': '3:9:1000' },
    );
  });

  it('starts again at 1 where the property holds nonsense', () => {
    for (const nonsense of [
      { type: 'string', value: 'many' },
      { type: 'int', value: '-1' },
      { type: 'double', value: 'NaN' },
      { type: 'null' },
      { type: 'list', value: [] },
    ] as const) {
      const message = {
        applicationProperties: { 'eventhub-worker-replay-attempt': nonsense },
        body: { data: [''] },
      };
      const { plain, labelled } = replayedMessageOf(openLetterOf({ ...position, message }));
      const { applicationProperties } = letterEvent(labelled ?? plain, position).message;
      assert.equal(applicationProperties['eventhub-worker-replay-attempt'], 1);
    }
  });

  it('is the same bytes where nobody can decode them', () => {
    for (const hex of ['ff', '', '0053', '005374c1ff', '005374a001ff', '005375a0027879005374c1010000']) {
      const message = Buffer.from(hex, 'hex');
      const { plain, labelled } = replayedMessageOf(openLetterOf({ ...position, message }));
      assert.deepEqual(Buffer.from(plain), message, hex);
      if (labelled !== undefined) assert.ok(Buffer.from(labelled).includes('eventhub-worker-replay-of'), hex);
    }
  });
});

function entriesOf(names: TypedNames): readonly TypedEntry[] {
  if (Array.isArray(names)) return names;
  return Object.entries(names).map(([value, typed]: [string, TypedValue]) => [
    { type: 'symbol', value },
    typed,
  ]);
}
