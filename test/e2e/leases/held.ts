// Turns a measurement into an assertion that names what did not hold, with all figures.
import assert from 'node:assert/strict';
import type { Measurement } from '../../chaos/scenarios/measurement.ts';

export function assertHolds(measurement: Measurement): void {
  const { scenario, broken, figures } = measurement;
  assert.deepEqual(broken, [], `${scenario}: ${JSON.stringify(figures)}`);
}
