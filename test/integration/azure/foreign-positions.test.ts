// Checkpoints whose offsets the hub does not take: a worker goes on by sequence number, under the lease it has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { geoOffsetCondition } from '../../../src/azure/map-error.ts';
import type { FaultRule } from '../../../src/emulator/index.ts';
import type { Position } from '../../../src/engine/event.ts';
import type { Report } from '../../../src/engine/reports.ts';
import { Worker } from '../../../src/engine/worker.ts';
import { MemoryGroup } from '../../../src/testing/memory-group.ts';
import { worldSettings } from '../../support/engine-world.ts';
import { realClock } from '../../support/real-clock.ts';
import { accessTo, append, closeAfter, emulatorWith, range, sourceFor, until } from './source-fixture.ts';

const silent = (): void => {};

/** A worker that begins at these checkpoints, one for each partition of ten events. */
async function workFrom(
  t: TestContext,
  checkpoints: readonly (Position | undefined)[],
  refusals: readonly Omit<FaultRule, 'at'>[],
) {
  const emulator = await emulatorWith(t, checkpoints.length);
  checkpoints.forEach((_, partition) => append(emulator, String(partition), 10));
  for (const refusal of refusals)
    emulator.faults.inject({ at: 'attach', role: 'receiver', times: 1, ...refusal });
  const group = new MemoryGroup(realClock);
  for (const [partition, position] of checkpoints.entries()) {
    if (position === undefined) continue;
    const record = { partitionId: String(partition), generation: 0, completed: '', ...position };
    await group.writeCheckpoint(record, undefined);
  }
  const reports: Report[] = [];
  const handled = checkpoints.map((): number[] => []);
  const worker = new Worker({
    handler: {
      onEvent: ({ partitionId, sequenceNumber }) => void handled[Number(partitionId)]?.push(sequenceNumber),
    },
    settings: {
      ...worldSettings,
      start: { at: 'latest' },
      lease: { ...worldSettings.lease, fastTickMs: 100 },
      checkpoint: { everyEvents: 1, everyMs: 100, idleMs: 50 },
    },
    ports: {
      source: await sourceFor(t, accessTo(emulator.connectionString())),
      leases: group,
      checkpoints: group,
      deadLetters: { put: async () => assert.fail('nothing is dead-lettered') },
      clock: realClock,
      random: { next: () => 0.5 },
      report: (report) => reports.push(report),
      handlerLog: () => ({ debug: silent, info: silent, warn: silent, error: silent }),
    },
  });
  closeAfter(t, async () => void (await worker.stop()));
  await worker.start();
  await until('every partition runs', () =>
    checkpoints.every((_, partition) =>
      reports.some(
        (report) =>
          report.kind === 'partition.state' &&
          report.partitionId === String(partition) &&
          report.to === 'running',
      ),
    ),
  );
  return { emulator, group, handled, reports };
}

function leaseChanges(reports: readonly Report[]): string[] {
  return reports.flatMap((report) => (report.kind === 'lease' ? [report.change] : []));
}

const geoRefusal = {
  error: { condition: geoOffsetCondition, description: 'The offset is not valid for this event hub.' },
};

test('G1 G8: a hub that refuses old offsets is read on by sequence number, from wherever each partition stands', async (t) => {
  const legacy = { sequenceNumber: 3, offset: '400' };
  const mixed = { sequenceNumber: 6, offset: '700' };
  const seeded = { sequenceNumber: 4, offset: '-1' };
  const { emulator, group, handled, reports } = await workFrom(
    t,
    [legacy, mixed, seeded, undefined],
    [
      { partitionId: '0', ...geoRefusal },
      { partitionId: '1', ...geoRefusal },
    ],
  );
  await until('what was left is handled', () => handled.flat().length >= 6 + 3 + 5);
  for (const partitionId of ['0', '1', '2', '3']) append(emulator, partitionId, 2);
  await until('what came later is handled', () => handled.flat().length >= 6 + 3 + 5 + 8);
  await until('all of it is stored', () => {
    const stored = reports.flatMap((report) =>
      report.kind === 'checkpoint' && report.result === 'written' && report.sequenceNumber === 11
        ? [report.partitionId]
        : [],
    );
    return new Set(stored).size === 4;
  });
  assert.deepEqual(handled, [range(8, 4), range(5, 7), range(7, 5), range(2, 10)]);
  const refused = reports.flatMap((report) =>
    report.kind === 'offset-refused' ? [`${report.partitionId} ${report.offset}`] : [],
  );
  assert.deepEqual(refused.toSorted(), ['0 400', '1 700']);
  assert.deepEqual(
    leaseChanges(reports),
    Array.from({ length: 4 }, () => 'claimed-free'),
  );
  assert.equal((await group.readCheckpoint('0'))?.sequenceNumber, 11);
});

test('G1 G8: so is a plain hub that refuses the offset of a geo-replicated one, with one word about it', async (t) => {
  const { handled, reports } = await workFrom(t, [{ sequenceNumber: 3, offset: 'a:1:400' }], []);
  await until('what was left is handled', () => handled.flat().length >= 6);
  assert.deepEqual(handled, [range(6, 4)]);
  const told = reports.filter(({ kind }) => kind === 'offset-refused' || kind === 'hub-recreated');
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ['offset-refused'],
  );
  assert.deepEqual(leaseChanges(reports), ['claimed-free']);
});

test('G9: a fresh group at "latest" stores no offset that it was only told', async (t) => {
  const { emulator, group, handled } = await workFrom(t, [undefined], []);
  const seed = await group.readCheckpoint('0');
  assert.deepEqual([seed?.sequenceNumber, seed?.offset], [9, '-1']);
  append(emulator, '0', 1);
  await until('the next event is handled', () => handled.flat().length > 0);
  assert.deepEqual(handled, [[10]]);
});

test('G1 G9: a checkpoint of an offset alone begins there, and is completed by what comes', async (t) => {
  const known = await emulatorWith(t, 1);
  append(known, '0', 4);
  const { lastOffset } = known.hub('Orders').partition('0');
  const { handled, group, reports } = await workFrom(t, [{ sequenceNumber: -1, offset: lastOffset }], []);
  await until('what lies behind it is handled', () => handled.flat().length >= 6);
  assert.deepEqual(handled, [range(6, 4)]);
  await until('it is stored', () =>
    reports.some((report) => report.kind === 'checkpoint' && report.sequenceNumber === 9),
  );
  assert.equal((await group.readCheckpoint('0'))?.sequenceNumber, 9);
  assert.ok(!reports.some(({ kind }) => kind === 'skipped' || kind === 'gap'));
});
