// Planned moves with real processes: nothing is repeated, lost or reordered, and nobody moves more than needed.
import { test } from 'node:test';
import { measureColdStart } from '../../chaos/scenarios/cold-start.ts';
import { fastLease } from '../../chaos/scenarios/measurement.ts';
import { measureRollingRestart } from '../../chaos/scenarios/rolling-restart.ts';
import { measureScaleSteps } from '../../chaos/scenarios/scale-steps.ts';
import { assertHolds } from './held.ts';

const options = { lease: fastLease, partitions: 8, eventsPerSecond: 80, handlerMs: 50, seed: 1 };

test('G4: scaling 1 -> 2 -> 3 -> 1 repeats nothing and moves as few partitions as it can', async () => {
  assertHolds(await measureScaleSteps({ ...options, steps: [1, 2, 3, 1] }));
});

test('G4: a rolling restart repeats nothing and leaves no partition unserved for long', async () => {
  assertHolds(await measureRollingRestart({ ...options, workers: 2 }));
});

test('G6: workers started together on an empty store claim each partition once', async () => {
  assertHolds(await measureColdStart({ ...options, workers: 4 }));
});
