// Measures what the leases promise, with real processes against the emulator and Azurite, and prints a table.
//
//   node scripts/measure-leases.ts [--only name,name] [--json FILE] [--outage-minutes 10] [--list]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureBurst } from '../test/chaos/scenarios/burst.ts';
import { measureColdStart } from '../test/chaos/scenarios/cold-start.ts';
import { measureCrash } from '../test/chaos/scenarios/crash.ts';
import { defaultLease, fastLease } from '../test/chaos/scenarios/measurement.ts';
import type { Measurement } from '../test/chaos/scenarios/measurement.ts';
import { measurePause } from '../test/chaos/scenarios/pause.ts';
import { measureRollingRestart } from '../test/chaos/scenarios/rolling-restart.ts';
import { measureScaleSteps } from '../test/chaos/scenarios/scale-steps.ts';
import { measureStorageOperations } from '../test/chaos/scenarios/storage-operations.ts';
import { measureStoreOutage } from '../test/chaos/scenarios/store-outage.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    'outage-minutes': { type: 'string', default: '10' },
    list: { type: 'boolean', default: false },
  },
});

const load = { partitions: 32, eventsPerSecond: 320, handlerMs: 50, seed: 1 };
const ordinary = { ...load, lease: defaultLease };
const fast = { ...load, lease: fastLease };
const outageMs = Number(values['outage-minutes']) * 60_000;

const scenarios: Readonly<Record<string, () => Promise<Measurement>>> = {
  'scale-steps': () => measureScaleSteps({ ...ordinary, steps: [1, 2, 4, 8, 3, 1] }),
  'rolling-restart': () => measureRollingRestart({ ...ordinary, workers: 4 }),
  kill: () => measureCrash({ ...ordinary, workers: 4, restarts: false, withinMs: 40_000 }),
  'kill-fast': () => measureCrash({ ...fast, workers: 4, restarts: false, withinMs: 10_000 }),
  'kill-restart': () => measureCrash({ ...ordinary, workers: 4, restarts: true, withinMs: 3_000 }),
  pause: () => measurePause({ ...ordinary, ignoresSignal: false }),
  'pause-late': () => measurePause({ ...fast, eventsPerSecond: 4, handlerMs: 15_000, ignoresSignal: true }),
  'cold-start': () => measureColdStart({ ...ordinary, workers: 10 }),
  'store-outage': () => measureStoreOutage({ ...ordinary, outageMs }),
  'burst-retries': () => measureBurst({ retries: true, seed: 1 }),
  'burst-no-retries': () => measureBurst({ retries: false, seed: 1 }),
  'storage-operations': () => measureStorageOperations({ workers: 8, partitions: 32, seconds: 120 }),
};

if (values.list) {
  console.log(Object.keys(scenarios).join('\n'));
  process.exit(0);
}
const wanted = values.only?.split(',') ?? Object.keys(scenarios);
const unknown = wanted.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  console.error(`--only names ${unknown.join(', ')}; allowed: ${Object.keys(scenarios).join(', ')}`);
  process.exit(2);
}

const measurements: Measurement[] = [];
for (const name of wanted) {
  const run = scenarios[name];
  if (run === undefined) continue;
  const measurement = await run();
  measurements.push(measurement);
  const verdict = measurement.holds ? 'holds' : `DOES NOT HOLD: ${measurement.broken.join('; ')}`;
  console.log(`\n${measurement.scenario}\n  claim: ${measurement.claim}\n  ${verdict}`);
  for (const [figure, value] of Object.entries(measurement.figures)) {
    console.log(`  ${figure.padEnd(24)} ${Array.isArray(value) ? value.join(' ') : String(value)}`);
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(measurements, undefined, 2)}\n`);
}
process.exit(measurements.every(({ holds }) => holds) ? 0 : 1);
