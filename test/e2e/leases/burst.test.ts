// The story of npm run demo:scale-out as a test: a burst of twice the throughput unit while workers scale from 1 to 2.
import { test } from 'node:test';
import { measureBurst } from '../../chaos/scenarios/burst.ts';
import { assertHolds } from './held.ts';

const options = { seed: 1, count: 6_000 };

test('G1: with retries nothing is lost between producer and handler', async () => {
  assertHolds(await measureBurst({ ...options, retries: true }));
});

test('without retries the loss appears at the producer, and send and the history count the same', async () => {
  assertHolds(await measureBurst({ ...options, retries: false }));
});
