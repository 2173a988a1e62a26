// npm run chaos -- --minutes 10 --seed S --json FILE: real workers, emulator and Azurite under kill -9, SIGSTOP, SIGTERM,
// rolling restarts, cut and half-open connections, store outages. Exit 1 when a guarantee was broken.
import { rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runChaos } from '../test/chaos/chaos-run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    json: { type: 'string' },
    workers: { type: 'string', default: '4' },
    partitions: { type: 'string', default: '16' },
    rate: { type: 'string', default: '160' },
    'handler-ms': { type: 'string', default: '50' },
    keep: { type: 'boolean', default: false },
  },
});

const { summary, findings, problems, folder } = await runChaos({
  seconds: positive('minutes', values.minutes) * 60,
  seed: Number(values.seed),
  workers: positive('workers', values.workers),
  partitions: positive('partitions', values.partitions),
  eventsPerSecond: positive('rate', values.rate),
  handlerMs: positive('handler-ms', values['handler-ms']),
  tell: (line) => console.log(line),
});

if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(summary, undefined, 2)}\n`);
console.table(summary);
const broken = findings.filter((finding) => !finding.isAllowed);
for (const { guarantee, rule, partitionId, sequenceNumber, text } of broken.slice(0, 40)) {
  console.error(`${guarantee} ${rule}: partition ${partitionId} event ${sequenceNumber ?? '-'}: ${text}`);
}
if (broken.length > 40) console.error(`... and ${broken.length - 40} more`);
for (const problem of problems) console.error(problem);
const isClean = broken.length === 0 && problems.length === 0;
if (isClean && !values.keep) rmSync(folder, { recursive: true });
else console.error(`Repeat with --seed ${values.seed}; logs and histories: ${folder}`);
process.exitCode = isClean ? 0 : 1;

function positive(name: string, text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0
    ? value
    : refuse(`--${name} is "${text}"; allowed: a number above 0`);
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
