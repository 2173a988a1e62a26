// Prints docs/metrics.md from the metric catalogue.

import { fullName, metricCatalogue } from '../../src/telemetry/metric-catalogue.ts';
import type { MetricEntry } from '../../src/telemetry/metric-catalogue.ts';
import { tableCell } from './table-cell.ts';

export function metricsPage(): string {
  const lines = [
    '# Metrics',
    '',
    '<!-- Printed from src/telemetry/metric-catalogue.ts by `node scripts/generate-docs.ts`; do not edit. -->',
    '',
    'GET /metrics, Prometheus text. Series with the label `partition` exist only where the partition is owned and vanish',
    "with its lease. Node's and the process's own metrics (`nodejs_*`, `process_*`) come beside these.",
    '',
    '| Metric | Type | Unit | Labels | Meaning |',
    '|---|---|---|---|---|',
  ];
  for (const entry of Object.values<MetricEntry>(metricCatalogue)) {
    const labels = Object.entries(entry.labels).map(([name, values]) => labelCell(name, values));
    lines.push(
      `| \`${fullName(entry)}\` | ${entry.type} | ${entry.unit} | ${labels.join('<br>')} | ${tableCell(entry.help)} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function labelCell(name: string, values: readonly string[] | undefined): string {
  return values === undefined ? `\`${name}\`` : `\`${name}\`: ${values.join(', ')}`;
}
