// G6: a pod whose clock is wrong judges leases as everybody else does.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { noAbort, storeIn } from './store-fixture.ts';

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

for (const skewMinutes of [-5, 5]) {
  test(`G6: with a clock wrong by ${skewMinutes} minutes a fresh lease is fresh`, async (t) => {
    const { store } = await storeIn(azurite.connectionString);
    const trueTimeMs = Date.now();
    t.mock.timers.enable({ apis: ['Date'], now: trueTimeMs + skewMinutes * 60_000 });
    await store.writeLease(
      { partitionId: '0', ownerId: 'a', generation: 1, requestedBy: '' },
      undefined,
      noAbort,
    );
    const view = await store.readGroup(noAbort);
    const ageMs = view.leases[0]?.ageMs ?? Infinity;
    assert.ok(ageMs <= 2_000, `the age is ${ageMs} ms`);
    assert.ok(Math.abs(view.storeTimeMs - trueTimeMs) < 30_000, "the time is the store's");
  });
}
