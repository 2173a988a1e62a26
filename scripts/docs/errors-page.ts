// Prints docs/errors.md from the error catalogue.

import { errorCatalogue } from '../../src/engine/errors.ts';
import { tableCell } from './table-cell.ts';

export function errorsPage(): string {
  const lines = [
    '# Errors',
    '',
    '<!-- Printed from src/engine/errors.ts by `node scripts/generate-docs.ts`; do not edit. -->',
    '',
    'Every error has a code that never changes its meaning; a retired code is never used again. "Retried" means that the',
    'worker tries again by itself, with back-off, until it works; the others need a person.',
    '',
    '| Code | Retried | What it says |',
    '|---|---|---|',
  ];
  for (const [code, { message, retryable }] of Object.entries(errorCatalogue)) {
    const text = message.replaceAll('{{', '{').replaceAll('}}', '}');
    lines.push(`| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${tableCell(text)} |`);
  }
  return `${lines.join('\n')}\n`;
}
