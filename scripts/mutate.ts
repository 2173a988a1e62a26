// Puts each known defect (mutations.ts) back into a copy of the source and runs the tests that should notice.
// npm run mutate -- [--only TEXT] [--minutes N [--seed S]] [--json FILE]
// Exit code 1 when a defect survives. The checkout is never touched. With --minutes the defects come in a random order, given by
// the seed that is printed, and no further one is tried after that time: each run of CI tries other ones.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Edit, Mutation } from './mutations.ts';
import { mutations } from './mutations.ts';
import { SeededRandom } from '../test/support/seeded-random.ts';

const root = join(import.meta.dirname, '..');
const copied = ['src', 'test', 'scripts', 'examples', 'package.json', 'tsconfig.json'];
/** A defect that makes a test hang is noticed, too. */
const testTimeoutMs = 180_000;

interface Verdict {
  readonly name: string;
  readonly guarantee: string;
  readonly harm: string;
  readonly result: 'killed' | 'survived';
  /** The test file that noticed, and its first failing test. */
  readonly killedBy: string | undefined;
  readonly seconds: number;
}

const usage = 'Usage: npm run mutate -- [--only TEXT] [--minutes N [--seed S]] [--json FILE]';

process.exitCode = await main();

async function main(): Promise<number> {
  let given: Given;
  try {
    given = readGiven();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const chosen = mutations.filter(({ name }) => name.includes(given.only));
  if (chosen.length === 0) {
    console.error(`No mutation has "${given.only}" in its name.`);
    return 2;
  }
  if (given.minutes === undefined) return run(chosen, given);
  console.log(`Order of seed ${given.seed}, ${given.minutes} minutes.`);
  return run(shuffled(chosen, given.seed), given);
}

interface Given {
  readonly only: string;
  readonly json: string | undefined;
  readonly minutes: number | undefined;
  readonly seed: number;
}

function readGiven(): Given {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { only: text, json: text, minutes: text, seed: text } });
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new TypeError('--minutes must be a number above 0');
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new TypeError('--seed must be a whole number');
  return { only: values.only ?? '', json: values.json, minutes, seed };
}

function shuffled(list: readonly Mutation[], seed: number): readonly Mutation[] {
  const random = new SeededRandom(seed);
  return list
    .map((mutation) => ({ mutation, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ mutation }) => mutation);
}

async function run(list: readonly Mutation[], { json, minutes }: Given): Promise<number> {
  const endsAtMs = performance.now() + (minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const copy = await mkdtemp(join(tmpdir(), 'eventhub-worker-mutations-'));
  try {
    for (const name of copied) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const verdicts: Verdict[] = [];
    const passing = new Set<string>();
    for (const mutation of list) {
      if (performance.now() >= endsAtMs) break;
      // A defect is only told from a broken test while the tests pass without it.
      const unproved = mutation.tests.filter((file) => !passing.has(file));
      const broken = await firstFailure(copy, unproved);
      if (broken !== undefined) {
        console.error(`The tests fail without any mutation: ${broken}`);
        return 1;
      }
      for (const file of unproved) passing.add(file);
      const verdict = await judge(copy, mutation);
      verdicts.push(verdict);
      console.log(lineOf(verdict));
    }
    if (json !== undefined) await writeFile(json, `${JSON.stringify(verdicts, undefined, 2)}\n`);
    const survivors = verdicts.filter(({ result }) => result === 'survived').length;
    const untried = list.length - verdicts.length;
    const rest = untried === 0 ? '' : `; ${untried} not tried`;
    console.log(`${verdicts.length - survivors} of ${verdicts.length} killed${rest}.`);
    return survivors === 0 ? 0 : 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function judge(copy: string, mutation: Mutation): Promise<Verdict> {
  const startedMs = performance.now();
  const originals = new Map<string, string>();
  try {
    for (const edit of mutation.edits) await apply(copy, edit, originals);
    const killedBy = await firstFailure(copy, mutation.tests);
    return {
      name: mutation.name,
      guarantee: mutation.guarantee,
      harm: mutation.harm,
      result: killedBy === undefined ? 'survived' : 'killed',
      killedBy,
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    };
  } finally {
    for (const [file, text] of originals) await writeFile(join(copy, file), text);
  }
}

async function apply(copy: string, edit: Edit, originals: Map<string, string>): Promise<void> {
  const path = join(copy, edit.file);
  const text = await readFile(path, 'utf8');
  if (!originals.has(edit.file)) originals.set(edit.file, text);
  const places = text.split(edit.find).length - 1;
  if (places !== 1) {
    throw new Error(
      `${edit.file} has the text of a mutation ${places} times instead of once: bring scripts/mutations.ts up to date.\n${edit.find}`,
    );
  }
  await writeFile(
    path,
    text.replace(edit.find, () => edit.replace),
  );
}

/** Runs the files one after the other until one fails; names it and its first failing test. */
async function firstFailure(copy: string, tests: readonly string[]): Promise<string | undefined> {
  for (const file of tests) {
    const { isGood, output } = await runTest(copy, file);
    if (!isGood) return `${file}: ${/^not ok \d+ - (.*)$/m.exec(output)?.[1] ?? 'it did not end in time'}`;
  }
  return undefined;
}

function runTest(cwd: string, file: string): Promise<{ readonly isGood: boolean; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', '--test-force-exit', file], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Of its own group, so that a hanging test ends with everything it started.
      detached: true,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output = `${output}${chunk.toString('utf8')}`.slice(-1_000_000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, testTimeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ isGood: code === 0, output });
    });
  });
}

function lineOf({ result, guarantee, name, killedBy, seconds }: Verdict): string {
  const by = killedBy === undefined ? 'NO TEST NOTICED' : killedBy;
  return `${result.padEnd(8)} ${guarantee.padEnd(3)} ${name} (${seconds} s)\n           ${by}`;
}
