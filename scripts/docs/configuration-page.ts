// Prints docs/configuration.md from the schema.

import { docOf, variableNames } from '../../src/config/environment.ts';
import { variableGroups } from '../../src/config/variable.ts';
import type { VariableDoc } from '../../src/config/variable.ts';
import { tableCell } from './table-cell.ts';

export function configurationPage(): string {
  const lines = [
    '# Configuration',
    '',
    '<!-- Printed from src/config by `node scripts/generate-docs.ts`; do not edit. -->',
    '',
    'Everything is an environment variable. A value that is blank counts as not given. All problems are reported at once,',
    'with exit code 2. `eventhub-worker config` prints the effective values and where each came from;',
    '`eventhub-worker config --check` also loads every module and the handler.',
  ];
  for (const group of variableGroups) {
    lines.push('', `## ${group}`, '', '| Variable | Default | Allowed | What it does |', '|---|---|---|---|');
    for (const name of variableNames) {
      const doc = docOf(name);
      if (doc.group === group)
        lines.push(
          `| \`${name}\` | ${defaultCell(doc)} | ${allowedCell(doc)} | ${tableCell(doc.description)} |`,
        );
    }
  }
  return `${lines.join('\n')}\n`;
}

function defaultCell(doc: VariableDoc): string {
  if (doc.default === undefined) return tableCell(doc.otherwise ?? '');
  const unit = doc.unit === undefined || doc.unit === 'port' ? '' : ` ${doc.unit}`;
  return `\`${doc.default}\`${unit}`;
}

function allowedCell(doc: VariableDoc): string {
  const why = doc.why === undefined ? '' : `; ${doc.why}`;
  return `${tableCell(doc.allowed + why)}${doc.isSecret ? ' (secret)' : ''}`;
}
