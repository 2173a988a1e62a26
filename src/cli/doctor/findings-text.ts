// Findings for people and as JSON. Pure.

import { styleText } from 'node:util';
import type { Detail, Finding, Status } from './check.ts';

const styles = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'cyan' } as const;

/** From the worst to the best. */
const ranks: readonly Status[] = ['failed', 'warning', 'unknown', 'ok'];

export function worstOf(findings: readonly Finding[]): Status {
  return ranks.find((status) => findings.some((finding) => finding.status === status)) ?? 'ok';
}

/** One finding: a line, then its details, each further in. */
export function findingLines(
  { name, status, message, details = {} }: Finding,
  nameWidth: number,
  isColoured: boolean,
): readonly string[] {
  const paint = (style: 'dim' | (typeof styles)[Status], text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const lines = [`${paint(styles[status], status.padEnd(7))}  ${name.padEnd(nameWidth)}  ${message}`];
  for (const [label, detail] of Object.entries(details)) {
    for (const line of detailLines(label, detail)) lines.push(paint('dim', `${' '.repeat(11)}${line}`));
  }
  return lines;
}

export function summaryLine(findings: readonly Finding[]): string {
  const counts = ranks.map((status) => {
    const count = findings.filter((finding) => finding.status === status).length;
    return `${count} ${status}`;
  });
  return `${findings.length} checks: ${counts.join(', ')}.`;
}

export function findingsJson(findings: readonly Finding[]): string {
  return JSON.stringify({ status: worstOf(findings), checks: findings }, null, 2);
}

function detailLines(label: string, detail: Detail): readonly string[] {
  if (typeof detail !== 'object') return [`${label}: ${String(detail)}`];
  return [`${label}:`, ...detail.map((line) => `  ${line}`)];
}
