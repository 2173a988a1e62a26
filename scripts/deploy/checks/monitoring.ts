// Checks of the rules as the chart renders them and of the dashboard: promtool's own, a firing and a quiet test for
// every alert, a runbook section for every alert, and only metrics that the worker has.
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../chart.ts';
import { mustRun } from '../command.ts';
import { dashboardQueries } from '../dashboard.ts';
import { renderedRules, ruleTestDirectory } from '../rendered-rules.ts';
import { tool } from '../tools.ts';
import { metricNames, metricsIn } from '../worker-metrics.ts';
import { refuse } from './deploy-check.ts';
import type { DeployCheck } from './deploy-check.ts';

interface RuleTest {
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly exp_alerts?: readonly unknown[];
  }[];
}

export const monitoringChecks: readonly DeployCheck[] = [
  {
    name: 'promtool check and test of the rendered rules',
    remedy: 'correct helm/eventhub-worker/rules, or the expectation in test/deploy/rules',
    run: testRules,
  },
  {
    name: 'every alert has a firing test, a quiet test and a section in the runbook',
    remedy: 'add the test to test/deploy/rules, the section "### <alert>" to docs/runbook.md',
    run: coverAlerts,
  },
  {
    name: 'rules and dashboard name only metrics that the worker has',
    remedy: 'correct the query; the names are those of src/telemetry/metric-catalogue.ts',
    run: knowMetrics,
  },
];

async function testFiles(): Promise<readonly string[]> {
  return (await readdir(ruleTestDirectory)).filter((name) => name.endsWith('.test.yaml')).sort();
}

async function testRules(): Promise<string> {
  const promtool = await tool('promtool');
  const { text, rules } = await renderedRules();
  const directory = await mkdtemp(join(tmpdir(), 'eventhub-worker-rules-'));
  try {
    await writeFile(join(directory, 'rules.yaml'), text);
    await mustRun(promtool, ['check', 'rules', join(directory, 'rules.yaml')]);
    const files = await testFiles();
    for (const name of files) await copyFile(join(ruleTestDirectory, name), join(directory, name));
    await mustRun(promtool, ['test', 'rules', ...files.map((name) => join(directory, name))]);
    return `${String(rules.length)} rules, ${String(files.length)} test files`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function coverAlerts(): Promise<string> {
  const { rules } = await renderedRules();
  const runbook = await readFile(join(repository, 'docs/runbook.md'), 'utf8');
  const firing = new Set<string>();
  const quiet = new Set<string>();
  for (const name of await testFiles()) {
    const { tests } = parse(await readFile(join(ruleTestDirectory, name), 'utf8')) as {
      readonly tests: readonly RuleTest[];
    };
    for (const expectation of tests.flatMap((test) => test.alert_rule_test ?? [])) {
      const isFiring = (expectation.exp_alerts ?? []).length > 0;
      (isFiring ? firing : quiet).add(expectation.alertname);
    }
  }
  const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [rule.alert]));
  refuse(
    alerts.flatMap((alert) => [
      ...(firing.has(alert) ? [] : [`${alert}: no test in which it fires`]),
      ...(quiet.has(alert) ? [] : [`${alert}: no test in which it stays quiet`]),
      ...(runbook.includes(`\n### ${alert}\n`) ? [] : [`${alert}: no section in docs/runbook.md`]),
    ]),
  );
  return `${String(alerts.length)} alerts`;
}

async function knowMetrics(): Promise<string> {
  const { rules } = await renderedRules();
  const recorded = rules.flatMap((rule) => (rule.record === undefined ? [] : [rule.record]));
  const known = new Set([...metricNames(), ...recorded]);
  const queries = [...rules.map((rule) => rule.expr), ...dashboardQueries('shop', 'orders', '5m')];
  const named = new Set(queries.flatMap(metricsIn));
  refuse([...named].filter((name) => !known.has(name)).map((name) => `${name} is no metric of the worker`));
  return `${String(named.size)} metrics in ${String(queries.length)} queries`;
}
