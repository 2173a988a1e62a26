// The watch over a quiet partition, look by look.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionProperties, Position } from '../../../../src/engine/event.ts';
import type { LinkOptions } from '../../../../src/engine/ports.ts';
import { Gaps } from '../../../../src/engine/partition/gaps.ts';
import { Probe } from '../../../../src/engine/partition/probe.ts';
import { Watermark } from '../../../../src/engine/partition/watermark.ts';
import type { Report } from '../../../../src/engine/reports.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const settings = { stallTimeoutMs: 60_000, probeMs: 30_000 };

/** A partition that was read up to `head`; the hub says what the test says, and everything the probe does is written down. */
function quietPartition(head: Position, start: LinkOptions['start'] = head, isAnchored = true) {
  const clock = new VirtualClock({ random: new SeededRandom(1) });
  const watermark = new Watermark('0', head, isAnchored);
  const hub: { properties: PartitionProperties } = { properties: retained(0, head.sequenceNumber) };
  const acts: string[] = [];
  const report = (one: Report): void => {
    if (one.kind === 'gap') acts.push(`gap ${one.from}-${one.to}`);
  };
  const source = {
    open: () => assert.fail('the probe opens nothing'),
    partitionIds: async () => ['0'],
    partitionProperties: async () => hub.properties,
    recycle: async () => {},
  };
  const { signal } = new AbortController();
  const shared = { partitionId: '0', source, clock, report, watermark, signal };
  const probe = new Probe({
    ...shared,
    start,
    gaps: new Gaps({ ...shared, carried: undefined, readAgain: () => {} }),
    settings,
    callTimeoutMs: 5_000,
    isRunning: () => true,
    isHeldBack: () => false,
    learnedEnd: () => {},
    passed: (events, why) => acts.push(`passed ${events} ${why}`),
    recreated: () => acts.push('recreated'),
    heal: async (step) => void acts.push(step),
  });
  return {
    watermark,
    probe,
    acts,
    /** The hub says that; time passes, and the probe looks. */
    look: async (properties: PartitionProperties, afterMs = 30_000): Promise<void> => {
      hub.properties = properties;
      await clock.advance(afterMs);
      probe.lookIfQuiet(clock.monotonicMs());
      await clock.advance(1);
    },
  };
}

function retained(beginSequenceNumber: number, lastSequenceNumber: number): PartitionProperties {
  return {
    partitionId: '0',
    beginSequenceNumber,
    lastSequenceNumber,
    lastOffset: `@${lastSequenceNumber}`,
    lastEnqueuedAtMs: 1_000,
    isEmpty: false,
  };
}

const ten = { sequenceNumber: 10, offset: '@10' };

test('G1: only the tail that was read before the link was opened is passed', async () => {
  const { look, probe, acts, watermark } = quietPartition(ten);
  await look(retained(0, 12), 60_000);
  assert.deepEqual(probe.linkStart, { sequenceNumber: 9, offset: '-1' });
  probe.noteNoNews(true);
  probe.noteNoNews(false);
  await look(retained(0, 15));
  assert.deepEqual(acts, ['recycle-link', 'gap 11-12', 'passed 2 gap']);
  assert.deepEqual(watermark.head, { sequenceNumber: 12, offset: '@10' });
  assert.equal(probe.linkStart, undefined);
});

test('G10: a link that delivers nothing again is renewed, then the client, then the process is given up', async () => {
  const { look, probe, acts } = quietPartition(ten);
  const stalled: boolean[] = [];
  for (const afterMs of [60_000, 30_000, 30_000]) {
    await look(retained(0, 12), afterMs);
    probe.noteNoNews(false);
    stalled.push(probe.isHealing);
  }
  assert.deepEqual(acts, ['recycle-link', 'recycle-client', 'give-up']);
  assert.deepEqual(stalled, [false, true, true]);
});

test('G10: where nothing is retained that a link could deliver again, no process is restarted for it', async () => {
  const { look, probe, acts } = quietPartition(ten);
  for (let looks = 0; looks < 100; looks += 1) {
    await look(retained(11, 12), 60_000);
    probe.noteNoNews(false);
  }
  assert.ok(!acts.includes('give-up'));
  assert.ok(!acts.includes('gap 11-12'));
  assert.ok(probe.isHealing, 'and it is told as stalled');
  assert.ok(acts.length > 10 && acts.length < 20, `${acts.length} steps in 100 minutes`);
});

test('G9: a start by time waits for its first event, however long that takes', async () => {
  const begin = { sequenceNumber: 99, offset: '-1' };
  const { look, acts } = quietPartition(begin, { enqueuedAfterMs: 2_000 }, false);
  for (let looks = 0; looks < 10; looks += 1) await look(retained(100, 200), 60_000);
  assert.deepEqual(acts, []);
});

test('G9: an offset alone gets its sequence number from the tail that has it', async () => {
  const place = { sequenceNumber: -1, offset: '@200' };
  const { look, acts, watermark } = quietPartition(place, place, false);
  await look(retained(100, 200));
  assert.deepEqual(acts, ['passed 1 idle']);
  assert.deepEqual(watermark.head, { sequenceNumber: 200, offset: '@200' });
});

test('G10: an offset alone with events behind it, and a link that does not deliver them, is healed like any other', async () => {
  const place = { sequenceNumber: -1, offset: '@150' };
  const { look, acts, watermark } = quietPartition(place, place, false);
  await look(retained(100, 200), 60_000);
  assert.deepEqual(acts, ['recycle-link']);
  assert.equal(watermark.isAnchored, false);
});
