// npm run bench: the worker as it is deployed beside the bare SDK and, where they are installed, the SDKs of Go and Java.

import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { linesOf, textOf } from './lines.ts';
import type { Line } from './lines.ts';
import { Contenders, measure } from './measure.ts';
import { measureOverhead, overheadName } from './overhead.ts';
import { chosen, scenarios } from './scenarios.ts';

interface Options {
  readonly json?: string;
  readonly only: readonly string[];
  readonly samples: number;
}

const names = [
  ...scenarios.map(({ name, rows }) => `  ${name}: ${rows.map((row) => row.name).join(' ')}`),
  `  ${overheadName}`,
];

await new Command('bench')
  .description(
    'Measures `run` end to end (leases, checkpoints, telemetry and HTTP on) beside other consumers of the same hub: CPU time of each whole process per event, events per second, memory, latency. Consumers take turns; each sample is a process of its own.',
  )
  .option(
    '--json <file>',
    'write the lines as JSON: { name, unit, ours, baseline, against, ratio, spread, ... }',
  )
  .option('--only <names...>', 'scenarios or single lines', [])
  .option('--samples <count>', 'of each consumer', wholeNumber, 5)
  .addHelpText(
    'after',
    `\nScenarios and their lines:\n${names.join('\n')}\n\nExit code 1 when a goal is missed by more than the noise, 2 on bad usage.`,
  )
  .action(async (options: Options) => {
    process.exitCode = await run(options);
  })
  .parseAsync();

async function run({ json, only, samples }: Options): Promise<number> {
  const contenders = new Contenders();
  const lines: Line[] = [];
  let wanted;
  try {
    wanted = chosen(only, [overheadName]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    return 2;
  }
  const options = { samples, onProgress: tellProgress };
  const measured = wanted.map(
    (scenario) => async () => linesOf(scenario, await measure(scenario, contenders, options)),
  );
  if (only.length === 0 || only.includes(overheadName)) {
    measured.push(async () => [await measureOverhead(options)]);
  }
  for (const next of measured) {
    const made = await next();
    clearProgress();
    lines.push(...made);
    for (const line of made) process.stdout.write(`${textOf(line)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(lines, undefined, 2)}\n`);
  }
  return lines.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}

/** Redrawn on a terminal; a line each in a log. */
function tellProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
  else process.stderr.write(`${text}\n`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[2K');
}

function wholeNumber(given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Allowed: a whole number from 1.');
  return value;
}
