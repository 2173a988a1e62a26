// Where a link is opened again after the hub did not take its offset.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Position } from '../../../../src/engine/event.ts';
import type { LinkListener, LinkOptions } from '../../../../src/engine/ports.ts';
import { Attachment } from '../../../../src/engine/partition/attachment.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function attachedAt(head: Position) {
  const clock = new VirtualClock();
  const state = { head };
  const starts: LinkOptions['start'][] = [];
  const listeners: LinkListener[] = [];
  const told: string[] = [];
  const closed: number[] = [];
  const attachment = new Attachment({
    partitionId: '0',
    generation: 1,
    source: {
      open: ({ start }, listener) => {
        starts.push(start);
        listeners.push(listener);
        const index = starts.length - 1;
        return { close: async () => void closed.push(index) };
      },
      partitionIds: async () => ['0'],
      partitionProperties: () => assert.fail('not asked for'),
      recycle: async () => {},
    },
    clock,
    random: { next: () => 0.5 },
    report: (report) => told.push(report.kind),
    receive: async () => {},
    whereToOpen: () => state.head,
    disturbed: () => {},
    fenced: () => told.push('fenced'),
    invalidPosition: () => told.push('invalid position'),
    signal: new AbortController().signal,
  });
  attachment.open(head);
  return {
    state,
    attachment,
    clock,
    closed,
    listeners,
    starts,
    told,
    /** The present link ends so; time passes until the next one could be there. */
    end: async (kind: 'offset-refused' | 'died' | 'invalid-position'): Promise<void> => {
      const error = new Error('gone');
      listeners.at(-1)?.ended(kind === 'died' ? { kind, error } : { kind });
      await clock.advance(5_000);
    },
  };
}

const stored = { sequenceNumber: 7, offset: '700' };

test('G8: a refused offset gives way to its sequence number, without anybody losing the lease', async () => {
  const { starts, told, end } = attachedAt(stored);
  await end('offset-refused');
  assert.deepEqual(starts, [stored, { sequenceNumber: 7, offset: '-1' }]);
  assert.deepEqual(told, ['offset-refused']);
});

test('G8: the hub is not asked with that offset again, and with the next one it is', async () => {
  const { starts, state, told, end } = attachedAt(stored);
  await end('offset-refused');
  await end('died');
  state.head = { sequenceNumber: 8, offset: '1:2:800' };
  await end('died');
  assert.deepEqual(starts.slice(2), [{ sequenceNumber: 7, offset: '-1' }, state.head]);
  assert.deepEqual(told, ['offset-refused', 'partition.fault', 'partition.fault']);
});

test('G9: a hub that does not know the sequence number either is another hub', async () => {
  const { starts, told, end } = attachedAt(stored);
  await end('offset-refused');
  await end('invalid-position');
  assert.deepEqual(told, ['offset-refused', 'invalid position']);
  assert.equal(starts.length, 2);
});

test('a refused offset without a sequence number is an invalid position', async () => {
  const { told, end } = attachedAt({ sequenceNumber: -1, offset: '700' });
  await end('offset-refused');
  assert.deepEqual(told, ['invalid position']);
});

test('G1: a link that is to be read again delivers nothing more, although another renewal is still under way', async () => {
  const { attachment, clock, closed, listeners, starts } = attachedAt(stored);
  listeners[0]?.ended({ kind: 'died', error: new Error('gone') });
  await clock.advance(200);
  const watchdog = attachment.renew();
  await clock.advance(400);
  assert.equal(starts.length, 2);
  const again = attachment.renew();
  assert.deepEqual(closed, [1]);
  await clock.advance(5_000);
  await Promise.all([watchdog, again]);
  assert.equal(starts.length, 3, 'and one link takes its place');
});
