// Until when handlers may run under a lease: they are told to stop before anybody else may claim it, whatever proved it last
// and however long the answers took.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineHandler } from '../../../../src/engine/handling/handler.ts';
import { Worker } from '../../../../src/engine/worker.ts';
import { engineWorld, worldSettings } from '../../../support/engine-world.ts';
import type { World } from '../../../support/engine-world.ts';
import { receivedEvent } from '../../../support/received-event.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const { leaseMs } = worldSettings.lease;
/** Ages by the store's clock may be a second too large. */
const storeClockStepMs = 1_000;

function oneKeyEach(partitionIds: readonly string[]): World {
  return engineWorld(partitionIds, (_, sequenceNumber) =>
    receivedEvent({ sequenceNumber, partitionKey: `k${sequenceNumber}` }),
  );
}

describe('a handler', () => {
  for (const claimedAfterMs of [0, 3_000, 6_000, 9_000]) {
    it(`G6: is told to stop in time under a lease claimed ${claimedAfterMs} ms after a renewal`, async () => {
      const world = oneKeyEach(['0']);
      const { group, clock } = world;
      let isHanging = false;
      let mayClaim = false;
      let claimedAtMs = 0;
      const renewedAtMs: number[] = [];
      const readGroup = group.readGroup.bind(group);
      const writeLease = group.writeLease.bind(group);
      const writeMember = group.writeMember.bind(group);
      const readCheckpoint = group.readCheckpoint.bind(group);
      const writeCheckpoint = group.writeCheckpoint.bind(group);
      const never = (): Promise<never> => new Promise(() => {});
      group.readGroup = () => (isHanging ? never() : readGroup());
      group.readCheckpoint = (id) => (isHanging ? never() : readCheckpoint(id));
      group.writeCheckpoint = (one, ifMatch) => (isHanging ? never() : writeCheckpoint(one, ifMatch));
      group.writeMember = (member, ifMatch) => {
        if (isHanging) return never();
        renewedAtMs.push(clock.monotonicMs());
        return writeMember(member, ifMatch);
      };
      group.writeLease = async (lease, ifMatch) => {
        if (isHanging) return never();
        if (!mayClaim) return { kind: 'conflict' };
        claimedAtMs = clock.monotonicMs();
        return writeLease(lease, ifMatch);
      };
      let stoppedAtMs = Number.POSITIVE_INFINITY;
      await world.start(
        defineHandler({
          onEvent: (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                stoppedAtMs = clock.monotonicMs();
                reject(signal.reason);
              });
            }),
        }),
      );
      world.hub.grow('0', 1);
      const renewals = renewedAtMs.length;
      await clock.runUntil(() => renewedAtMs.length > renewals + 1, 60_000);
      await clock.advance(claimedAfterMs);
      mayClaim = true;
      await clock.runUntil(() => claimedAtMs > 0, 10_000);
      await clock.advance(300);
      isHanging = true;
      await clock.advance(120_000);
      const claimableAtMs = Math.max(renewedAtMs.at(-1) ?? 0, claimedAtMs) + leaseMs - storeClockStepMs;
      assert.ok(stoppedAtMs < claimableAtMs, `${stoppedAtMs - claimableAtMs} ms after others may claim`);
    });
  }

  it('G6: starts nothing under a lease whose listing came so late that others may have claimed it', async () => {
    const world = oneKeyEach(['0', '1']);
    const { clock, group } = world;
    await world.start(defineHandler({ onEvent: () => undefined }));
    await clock.advance(15_000);
    let phase: 'usual' | 'slow listing' | 'hanging' = 'usual';
    let renewedAtMs = 0;
    const never = (): Promise<never> => new Promise(() => {});
    const leases = {
      readGroup: async () => {
        if (phase === 'hanging') return never();
        const view = await group.readGroup();
        if (phase === 'slow listing' && view.leases.some(({ ownerId }) => ownerId === 'w2')) {
          await clock.sleep(9_500);
          phase = 'hanging';
        }
        return view;
      },
      writeLease: (...[lease, ifMatch]: Parameters<typeof group.writeLease>) =>
        phase === 'hanging' ? never() : group.writeLease(lease, ifMatch),
      writeMember: async (...[member, ifMatch]: Parameters<typeof group.writeMember>) => {
        if (phase === 'hanging') return never();
        const sentAtMs = clock.monotonicMs();
        const result = await group.writeMember(member, ifMatch);
        renewedAtMs = sentAtMs;
        return result;
      },
      removeMember: async () => {},
    };
    const startsMs: number[] = [];
    const silent = (): void => {};
    const second = new Worker({
      handler: defineHandler({ onEvent: () => void startsMs.push(clock.monotonicMs()) }),
      settings: { ...worldSettings, lease: { ...worldSettings.lease, workerId: 'w2', nonce: 'n2' } },
      ports: {
        source: world.hub,
        leases,
        checkpoints: group,
        deadLetters: { put: async () => {} },
        clock,
        random: new SeededRandom(2),
        report: silent,
        handlerLog: () => ({ debug: silent, info: silent, warn: silent, error: silent }),
      },
    });
    const started = second.start();
    phase = 'slow listing';
    await clock.advance(3_000);
    await started;
    await clock.runUntil(() => phase === 'hanging', 60_000);
    const handedOver = (await group.readGroup()).leases.find(({ ownerId }) => ownerId === 'w2');
    assert.ok(handedOver !== undefined);
    const writtenAtMs = clock.monotonicMs() - handedOver.ageMs;
    for (let second = 0; second < 60; second += 1) {
      world.hub.grow(handedOver.partitionId, 1);
      await clock.advance(1_000);
    }
    const expiresAtMs = Math.max(renewedAtMs, writtenAtMs) + leaseMs;
    assert.deepEqual(
      startsMs.filter((atMs) => atMs > expiresAtMs),
      [],
    );
  });
});
