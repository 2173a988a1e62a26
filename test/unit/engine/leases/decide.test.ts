import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../../../src/engine/leases/decide.ts';
import type { LeaseAction, Standpoint } from '../../../../src/engine/leases/decide.ts';
import { expiresAfterMs, nextGeneration, trustedForMs } from '../../../../src/engine/leases/liveness.ts';
import type { GroupView, StoredLease, StoredMember } from '../../../../src/engine/leases/records.ts';

const leaseMs = 30_000;
const storeTimeMs = 1_800_000_000_000;

function lease(partitionId: string, fields: Partial<StoredLease> = {}): StoredLease {
  return {
    partitionId,
    ownerId: '',
    generation: 10,
    requestedBy: '',
    etag: `etag-${partitionId}`,
    ageMs: 0,
    ...fields,
  };
}

function member(workerId: string, fields: Partial<StoredMember> = {}): StoredMember {
  return { workerId, nonce: 'n', state: 'active', load: 0, etag: 'e', ageMs: 0, ...fields };
}

function view(leases: StoredLease[], members: StoredMember[]): GroupView {
  return { storeTimeMs, leases, members, checkpoints: [] };
}

function standpoint(fields: Partial<Standpoint> = {}): Standpoint {
  return {
    workerId: 'me',
    phase: 'active',
    partitionIds: ['0', '1'],
    held: new Map(),
    requestedAtMs: new Map(),
    onHold: new Set(),
    nowMs: 1_000_000,
    leaseMs,
    lateAfterMs: 15_000,
    handoverTimeoutMs: 60_000,
    releasesRest: false,
    ...fields,
  };
}

function kindsOf(actions: readonly LeaseAction[]): string[] {
  return actions.map((action) => {
    const partitionId = 'lease' in action ? action.lease.partitionId : action.partitionId;
    return `${action.kind} ${partitionId}`;
  });
}

test('claims what nobody has, with a condition that lets only one claimer win', () => {
  const { actions } = decide(view([lease('1')], [member('me')]), standpoint());
  assert.deepEqual(kindsOf(actions), ['claim 0', 'claim 1']);
  assert.ok(actions[0]?.kind === 'claim' && actions[0].ifMatch === undefined);
  assert.ok(actions[1]?.kind === 'claim' && actions[1].ifMatch === 'etag-1');
});

test('G6: a generation grows with every lease, also over an emptied container and a record of a stock consumer', () => {
  assert.equal(nextGeneration(0, storeTimeMs), storeTimeMs / 1_000);
  assert.equal(nextGeneration(storeTimeMs / 1_000, storeTimeMs), storeTimeMs / 1_000 + 1);
});

test('G6: an owner stops trusting its lease before anybody may judge it expired', () => {
  for (const ms of [5_000, 6_000, 30_000, 60_000]) assert.ok(trustedForMs(ms) + 1_000 < expiresAfterMs(ms));
});

test('claims nothing before the settle tick: who just joined lets others be seen first', () => {
  const { actions, isMoving } = decide(view([], [member('me')]), standpoint({ phase: 'joining' }));
  assert.deepEqual(actions, []);
  assert.ok(isMoving);
});

test('counts a joining member, so that ten workers that start together share at once', () => {
  const members = [member('me'), member('other', { state: 'joining' })];
  assert.deepEqual(kindsOf(decide(view([], members), standpoint()).actions), ['claim 0']);
});

test('asks a live owner instead of taking', () => {
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'other' })];
  const { actions } = decide(view(leases, [member('me'), member('other')]), standpoint());
  assert.deepEqual(kindsOf(actions), ['request 1']);
  const [request] = actions;
  assert.ok(
    request?.kind === 'request' && request.lease.requestedBy === 'me' && request.lease.ownerId === 'other',
  );
});

test('G4: claims over a live owner only after the handover timeout', () => {
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'other', requestedBy: 'me' })];
  const group = view(leases, [member('me'), member('other')]);
  const askedAt = (ms: number): Standpoint => standpoint({ requestedAtMs: new Map([['1', ms]]) });
  assert.deepEqual(kindsOf(decide(group, askedAt(1_000_000 - 59_999)).actions), []);
  assert.deepEqual(kindsOf(decide(group, askedAt(1_000_000 - 60_000)).actions), ['claim 1']);
});

test('leaves alone what another live worker asked for, and asks anew when that one died', () => {
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'other', requestedBy: 'third' })];
  const members = [member('me'), member('other'), member('third')];
  assert.deepEqual(kindsOf(decide(view(leases, members), standpoint()).actions), []);
  members[2] = member('third', { ageMs: leaseMs });
  assert.deepEqual(kindsOf(decide(view(leases, members), standpoint()).actions), ['request 1']);
});

test('takes over from a dead owner, and from nobody whose member record is young', () => {
  const leases = [
    lease('0', { ownerId: 'dead', ageMs: leaseMs }),
    lease('1', { ownerId: 'quiet', ageMs: 10 * leaseMs }),
  ];
  const members = [member('me'), member('quiet', { ageMs: leaseMs - 1 })];
  assert.deepEqual(kindsOf(decide(view(leases, members), standpoint()).actions), ['claim 0']);
});

test('G6: judges by the ages of the store alone: no clock of a pod is part of it', () => {
  const leases = [
    lease('0', { ownerId: 'other', ageMs: leaseMs - 1 }),
    lease('1', { ownerId: 'other', ageMs: leaseMs - 1 }),
  ];
  for (const nowMs of [0, 1e15]) {
    assert.deepEqual(
      decide(view(leases, [member('me'), member('other')]), standpoint({ nowMs })).actions[0]?.kind,
      'request',
    );
  }
});

test('drains for a requester that lives, and not for one that is gone', () => {
  const held = new Map([['0', 10]]);
  const leases = [lease('0', { ownerId: 'me', requestedBy: 'other' }), lease('1', { ownerId: 'third' })];
  const members = [member('me'), member('other'), member('third')];
  assert.deepEqual(kindsOf(decide(view(leases, members), standpoint({ held })).actions), ['yield 0']);
  members[1] = member('other', { state: 'leaving' });
  assert.deepEqual(kindsOf(decide(view(leases, members), standpoint({ held })).actions), []);
});

test('begins what was handed over to it, with the generation the former owner wrote', () => {
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'me', generation: 11 })];
  const requestedAtMs = new Map([['1', 999_000]]);
  const { actions } = decide(view(leases, [member('me'), member('other')]), standpoint({ requestedAtMs }));
  assert.deepEqual(kindsOf(actions), ['begin 1']);
});

test('takes its own leases back at once after a restart, with a new generation', () => {
  const leases = [lease('0', { ownerId: 'me', generation: 7 }), lease('1', { ownerId: 'other' })];
  const { actions } = decide(view(leases, [member('me'), member('other')]), standpoint());
  assert.deepEqual(kindsOf(actions), ['claim 0']);
  assert.ok(
    actions[0]?.kind === 'claim' && actions[0].lease.generation > 7 && actions[0].change === 'claimed-own',
  );
});

test('takes its own leases back even before the settle tick: nobody serves them meanwhile', () => {
  const leases = [lease('0', { ownerId: 'me', generation: 7 }), lease('1')];
  const { actions } = decide(view(leases, [member('me')]), standpoint({ phase: 'joining' }));
  assert.deepEqual(kindsOf(actions), ['claim 0']);
});

test('G6: loses what the record gives to another owner or another generation', () => {
  const held = new Map([
    ['0', 10],
    ['1', 10],
  ]);
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'me', generation: 11 })];
  const { actions } = decide(view(leases, [member('me'), member('other')]), standpoint({ held }));
  assert.deepEqual(kindsOf(actions), ['lose 0', 'lose 1']);
});

test('leaving: hands over what is asked for, and gives up the rest only when told, or when it is alone', () => {
  const held = new Map([
    ['0', 10],
    ['1', 10],
  ]);
  const leases = [lease('0', { ownerId: 'me', requestedBy: 'other' }), lease('1', { ownerId: 'me' })];
  const both = [member('me', { state: 'leaving' }), member('other')];
  const leaving = standpoint({ held, phase: 'leaving' });
  assert.deepEqual(kindsOf(decide(view(leases, both), leaving).actions), ['yield 0']);
  assert.deepEqual(kindsOf(decide(view(leases, both), { ...leaving, releasesRest: true }).actions), [
    'yield 0',
    'yield 1',
  ]);
  const alone = decide(view(leases, [member('me', { state: 'leaving' })]), leaving);
  assert.deepEqual(kindsOf(alone.actions), ['yield 0', 'yield 1']);
});

test('leaves a partition alone that it gave up by policy', () => {
  const { actions, isMoving } = decide(
    view([lease('0'), lease('1', { ownerId: 'me' })], [member('me')]),
    standpoint({
      held: new Map([['1', 10]]),
      onHold: new Set(['0']),
    }),
  );
  assert.deepEqual(actions, []);
  assert.equal(isMoving, false);
});

test('writes its lease anew when the record vanished, with the generation it has', () => {
  const { actions } = decide(
    view([], [member('me')]),
    standpoint({ partitionIds: ['0'], held: new Map([['0', 42]]) }),
  );
  assert.ok(
    actions[0]?.kind === 'claim' && actions[0].lease.generation === 42 && actions[0].ifMatch === undefined,
  );
});

test('is at rest when everything is where it belongs: the slow tick costs a third of the requests', () => {
  const held = new Map([['0', 10]]);
  const leases = [lease('0', { ownerId: 'me' }), lease('1', { ownerId: 'other' })];
  const { isMoving, nextExpiryMs } = decide(
    view(leases, [member('me'), member('other')]),
    standpoint({ held }),
  );
  assert.equal(isMoving, false);
  assert.equal(nextExpiryMs, undefined);
});

test('expects a partition from its request until it is handed over, so that it is not left unserved', () => {
  const members = [member('me'), member('other')];
  const held = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'other' })];
  const asking = decide(view(held, members), standpoint());
  assert.ok(asking.isExpecting && asking.actions.some(({ kind }) => kind === 'request'));
  const asked = held.map((each, index) => (index === 0 ? each : { ...each, requestedBy: 'me' }));
  assert.ok(decide(view(asked, members), standpoint()).isExpecting);
  const settled = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'me' })];
  const atRest = decide(view(settled, members), standpoint({ held: new Map([['1', 10]]) }));
  assert.equal(atRest.isExpecting, false);
});

test('looks again just when a member that missed its renewal would be dead', () => {
  const held = new Map([['0', 10]]);
  const leases = [lease('0', { ownerId: 'me' }), lease('1', { ownerId: 'other' })];
  const members = [member('me'), member('other', { ageMs: 22_000 })];
  assert.equal(decide(view(leases, members), standpoint({ held })).nextExpiryMs, 8_000);
});

test('names stock SDK consumers, counts them as workers and does not take from them by force', () => {
  const leases = [lease('0', { ownerId: 'me' }), lease('1', { ownerId: 'sdk-consumer', generation: 0 })];
  const { actions, foreignOwners } = decide(
    view(leases, [member('me')]),
    standpoint({ held: new Map([['0', 10]]) }),
  );
  assert.deepEqual(foreignOwners, ['sdk-consumer']);
  assert.deepEqual(actions, []);
});

test('G6: judges a member by the terms in its own record, not by its own setting', () => {
  const leases = [
    lease('0', { ownerId: 'other', ageMs: 20_000 }),
    lease('1', { ownerId: 'other', ageMs: 20_000 }),
  ];
  const renewedLongAgo = member('other', { ageMs: 20_000, leaseMs: 30_000 });
  const inAHurry = standpoint({ leaseMs: 6_000, lateAfterMs: 60_000 });
  assert.deepEqual(kindsOf(decide(view(leases, [member('me'), renewedLongAgo]), inAHurry).actions), [
    'request 1',
  ]);
  const expired = member('other', { ageMs: 7_000, leaseMs: 6_000 });
  const patient = standpoint({ leaseMs: 600_000 });
  const old = [lease('0', { ownerId: 'other', ageMs: 700_000 })];
  assert.deepEqual(kindsOf(decide(view(old, [member('me'), expired]), patient).actions), [
    'claim 0',
    'claim 1',
  ]);
});

test('does not ask a member that is late: a request would keep the lease of a dead one alive', () => {
  const leases = [lease('0', { ownerId: 'other' }), lease('1', { ownerId: 'other' })];
  const late = member('other', { ageMs: 16_000 });
  assert.deepEqual(decide(view(leases, [member('me'), late]), standpoint()).actions, []);
  // Its member record is gone, its lease still young: it expires by itself.
  assert.deepEqual(
    decide(
      view([lease('0', { ownerId: 'gone', ageMs: 20_000 })], [member('me')]),
      standpoint({ partitionIds: ['0'] }),
    ).actions,
    [],
  );
});
