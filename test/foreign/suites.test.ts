// Suites that others wrote, and programs on their SDKs, against the emulator and Azurite. They install packages the first
// time. `node test/foreign/run.ts go --json table.json` runs some of them alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from './suite-report.ts';
import type { SuiteReport } from './suite-report.ts';
import { suites } from './suites.ts';

// The two large suites wait most of the time: they run beside the rest, in Azures of their own.
test('foreign suites: what does not pass has a known reason', { concurrency: 3 }, async (t) => {
  const reports: SuiteReport[] = [];
  await Promise.all(
    suites.map((suite) =>
      t.test(suite.name, async () => {
        const report = await suite.run();
        reports.push(report);
        assert.deepEqual(report.problems, []);
      }),
    ),
  );
  console.log(`\n${printed(reports)}\n`);
});
