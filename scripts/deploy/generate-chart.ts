// Writes what the chart derives from values.yaml and from the worker's configuration: values.schema.json, README.md,
// the defaults its templates compare with, and the dashboard. With --check it writes nothing and fails when a file differs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docOf } from '../../src/config/environment.ts';
import { chartReadme } from './chart-readme.ts';
import { chartSchema, configurableNames } from './chart-schema.ts';
import { readChartValues } from './chart-values.ts';
import { dashboard } from './dashboard.ts';
import { driftOf, writeFiles } from './generated-files.ts';
import type { GeneratedFiles } from './generated-files.ts';

const chartDirectory = join(import.meta.dirname, '../../helm/eventhub-worker');

/** Path -> text of every generated file of the chart. */
export async function generateChartFiles(): Promise<GeneratedFiles> {
  const values = readChartValues(await readFile(join(chartDirectory, 'values.yaml'), 'utf8'));
  const chartNames = namesInTemplate(
    await readFile(join(chartDirectory, 'templates/_environment.tpl'), 'utf8'),
  );
  return new Map([
    [
      join(chartDirectory, 'values.schema.json'),
      `${JSON.stringify(chartSchema(values, chartNames), null, 2)}\n`,
    ],
    [join(chartDirectory, 'README.md'), chartReadme(values)],
    [join(chartDirectory, 'dashboards/eventhub-worker.json'), `${JSON.stringify(dashboard(), null, 2)}\n`],
    [join(chartDirectory, 'templates/_config_defaults.tpl'), configDefaults(chartNames)],
  ]);
}

/** The list that the chart's own templates use, so that there is one. */
function namesInTemplate(template: string): ReadonlySet<string> {
  const list = /define "eventhub-worker\.chartNames" -}}\s*(\[[^\]]*\])/.exec(template)?.[1];
  if (list === undefined) throw new Error('templates/_environment.tpl no longer defines chartNames');
  const names: unknown = JSON.parse(list);
  if (!Array.isArray(names)) throw new Error('chartNames must be a JSON array');
  return new Set(names.map(String));
}

function configDefaults(chartNames: ReadonlySet<string>): string {
  const defaults = Object.fromEntries(
    configurableNames(chartNames).map((name) => [name, docOf(name).default ?? '']),
  );
  return [
    '{{/* Written from src/config by `node scripts/deploy/generate-chart.ts`; do not edit. */}}',
    '',
    "{{/* The worker's defaults by variable; a variable without one has the empty text. */}}",
    '{{- define "eventhub-worker.configDefaults" -}}',
    JSON.stringify(defaults, null, 2),
    '{{- end -}}',
    '',
  ].join('\n');
}

if (import.meta.main) {
  const files = await generateChartFiles();
  if (process.argv.includes('--check')) {
    const drift = await driftOf(files);
    for (const line of drift) process.stderr.write(`${line}\n`);
    process.exitCode = drift.length === 0 ? 0 : 1;
  } else {
    await writeFiles(files);
  }
}
