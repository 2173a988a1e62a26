// Crashes, pauses and outages with real processes, at the documented fast settings.
import { test } from 'node:test';
import { measureCrash } from '../../chaos/scenarios/crash.ts';
import { defaultLease, fastLease } from '../../chaos/scenarios/measurement.ts';
import { measurePause } from '../../chaos/scenarios/pause.ts';
import { measureStoreOutage } from '../../chaos/scenarios/store-outage.ts';
import { assertHolds } from './held.ts';

const options = { lease: fastLease, partitions: 8, eventsPerSecond: 80, handlerMs: 50, seed: 1 };

test('G5: after kill -9 the others serve all partitions within 10 s and repeat only what was not flushed', async () => {
  assertHolds(await measureCrash({ ...options, workers: 2, restarts: false, withinMs: 10_000 }));
});

test('G5: a killed worker that is started again does not wait for its own leases to run out', async () => {
  const restarted = { ...options, lease: defaultLease, restarts: true, withinMs: 10_000 };
  assertHolds(await measureCrash({ ...restarted, workers: 2 }));
});

test('G6: an owner stopped for twice its lease can neither receive nor checkpoint when it wakes', async () => {
  assertHolds(await measurePause({ ...options, ignoresSignal: false }));
});

test('G8: an outage of the store loses nothing, restarts nothing and heals by itself', async () => {
  assertHolds(await measureStoreOutage({ ...options, outageMs: 20_000 }));
});
