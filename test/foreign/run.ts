// Runs foreign suites, all or by name, and prints the table of what ran: node test/foreign/run.ts [SUITE...] [--json FILE]

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { printed } from './suite-report.ts';
import { suites } from './suites.ts';

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  const known = suites.map(({ name }) => name).join(', ');
  console.error(`There is no suite ${unknown.join(', ')}. Suites: ${known}.`);
  process.exit(2);
}
const wanted = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const reports = [];
for (const suite of wanted) {
  console.error(`# ${suite.name}`);
  reports.push(await suite.run());
}
console.log(printed(reports));
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(reports, null, 2)}\n`);
if (reports.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
