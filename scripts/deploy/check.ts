// Checks everything that is deployed with the real tools: one line per check, and for one that fails what to do.
// Installs the tools it needs into a cache outside the checkout. Run: node scripts/deploy/check.ts [part of a name]
import { chartChecks } from './checks/chart.ts';
import { driftChecks } from './checks/drift.ts';
import { manifestChecks } from './checks/manifests.ts';
import { monitoringChecks } from './checks/monitoring.ts';
import { toolsCheck } from './checks/tools.ts';
import { workerChecks } from './checks/worker.ts';
import type { DeployCheck } from './checks/deploy-check.ts';

const checks: readonly DeployCheck[] = [
  ...driftChecks,
  ...chartChecks,
  ...manifestChecks,
  ...workerChecks,
  ...monitoringChecks,
];

const wanted = process.argv[2] ?? '';
const failed: string[] = [];
// Without the tools every other check would fail for the same reason.
if (await isPassed(toolsCheck)) {
  for (const check of checks.filter(({ name }) => name.includes(wanted))) await isPassed(check);
}
if (failed.length > 0) {
  process.stdout.write(`${String(failed.length)} of the deployment checks failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}

async function isPassed(check: DeployCheck): Promise<boolean> {
  const startedMs = performance.now();
  const seconds = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`.padStart(8);
  try {
    const found = await check.run();
    process.stdout.write(`ok    ${seconds()}  ${check.name}: ${found}\n`);
    return true;
  } catch (error) {
    failed.push(check.name);
    const message = error instanceof Error ? error.message : String(error);
    const indented = message.trimEnd().replaceAll('\n', '\n          ');
    process.stdout.write(`FAIL  ${seconds()}  ${check.name}\n          ${indented}\n`);
    process.stdout.write(`          What to do: ${check.remedy}\n`);
    return false;
  }
}
