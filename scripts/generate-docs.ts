// Writes the pages of docs/ that are printed from the source. With --check it writes nothing and fails when a page on disk
// says something else than the source.

import { readFile, writeFile } from 'node:fs/promises';
import { configurationPage } from './docs/configuration-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { metricsPage } from './docs/metrics-page.ts';

const pages = [
  { path: 'docs/configuration.md', print: configurationPage },
  { path: 'docs/errors.md', print: errorsPage },
  { path: 'docs/metrics.md', print: metricsPage },
] as const;

const root = new URL('../', import.meta.url);
const isChecking = process.argv.includes('--check');

for (const { path, print } of pages) {
  const url = new URL(path, root);
  const printed = print();
  const onDisk = await readFile(url, 'utf8').catch(() => '');
  if (printed === onDisk) continue;
  if (isChecking) {
    console.error(`${path} differs from the source; run node scripts/generate-docs.ts and commit it`);
    process.exitCode = 1;
  } else {
    await writeFile(url, printed);
    console.log(`wrote ${path}`);
  }
}
