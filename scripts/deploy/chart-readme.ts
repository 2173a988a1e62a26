// Prints the chart's README from its documented values. What is common to every installation is docs/deploying.md.
import type { ChartValue } from './chart-values.ts';

export function chartReadme(values: readonly ChartValue[]): string {
  const lines = [
    '# eventhub-worker: Helm chart',
    '',
    '<!-- Printed from values.yaml by `node scripts/deploy/generate-chart.ts`; do not edit. -->',
    '',
    'Runs one TypeScript function on every event of an Azure Event Hub and scales with the lag. How to install it, from an',
    'empty cluster to a scaling worker, is told in [docs/deploying.md](../../docs/deploying.md); what each alert asks for in',
    '[docs/runbook.md](../../docs/runbook.md).',
    '',
    'A value that contradicts another is refused with a sentence that says what to change. Secrets are never values: name an',
    'existing Secret.',
    '',
    '## Values',
    '',
    '| Value | Default | Meaning |',
    '|---|---|---|',
    ...values.flatMap(rows),
  ];
  return `${lines.join('\n')}\n`;
}

function rows(value: ChartValue): readonly string[] {
  const below = value.children.flatMap(rows);
  if (below.length > 0 && !isOpenMapping(value)) {
    return value.description === ''
      ? below
      : [`| **\`${value.path.join('.')}\`** | | ${cell(value.description)} |`, ...below];
  }
  return [`| \`${value.path.join('.')}\` | ${defaultCell(value.default)} | ${cell(meaning(value))} |`];
}

/** A mapping that takes any key is shown whole, not key by key. */
function isOpenMapping(value: ChartValue): boolean {
  return value.schema['additionalProperties'] !== undefined;
}

function meaning(value: ChartValue): string {
  const words = value.schema['enum'];
  const choices = Array.isArray(words) ? words.map((word) => `\`${String(word)}\``).join(', ') : '';
  return [value.description, choices === '' ? '' : `One of ${choices}.`]
    .filter((part) => part !== '')
    .join(' ');
}

function defaultCell(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? 'see values.yaml' : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
