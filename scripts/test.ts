// Runs tiers of tests, each with node's own runner so that its closing lines show what ran. Arguments choose: `fast`
// (the default) or any of the tiers by name; `slow` is all that is not fast.

import { spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';

interface Tier {
  readonly name: string;
  /** For people: what these tests are. */
  readonly what: string;
  readonly files: string;
  readonly isFast: boolean;
  /** Files side by side. Tests that start processes and measure time disturb each other. */
  readonly concurrency: number;
  /** One test that takes longer hangs. */
  readonly timeoutMs: number;
  /** All of them together; a file whose process does not end is found by this alone. */
  readonly maxMinutes: number;
}

const root = new URL('../', import.meta.url);

const tiers: readonly Tier[] = [
  {
    name: 'unit',
    what: 'parts alone, on virtual time',
    files: 'test/unit/**/*.test.ts',
    isFast: true,
    concurrency: 2,
    timeoutMs: 60_000,
    maxMinutes: 2,
  },
  {
    name: 'property',
    what: 'parts against models, generated cases',
    files: 'test/property/**/*.test.ts',
    isFast: true,
    concurrency: 2,
    timeoutMs: 120_000,
    maxMinutes: 4,
  },
  {
    name: 'simulation',
    what: 'the whole engine on a virtual clock, a few hundred seeds',
    files: 'test/simulation/**/*.test.ts',
    isFast: true,
    concurrency: 2,
    timeoutMs: 300_000,
    maxMinutes: 6,
  },
  {
    name: 'integration',
    what: 'adapters against the emulators, over real sockets',
    files: 'test/integration/**/*.test.ts',
    isFast: true,
    concurrency: 2,
    timeoutMs: 180_000,
    maxMinutes: 5,
  },
  {
    name: 'e2e',
    what: 'the program as real processes, started, told to stop and killed',
    files: 'test/e2e/**/*.test.ts',
    isFast: false,
    concurrency: 1,
    timeoutMs: 420_000,
    maxMinutes: 10,
  },
  {
    name: 'chaos',
    what: 'many processes under faults, their history checked',
    files: 'test/chaos/**/*.test.ts',
    isFast: false,
    concurrency: 1,
    timeoutMs: 600_000,
    maxMinutes: 5,
  },
  {
    name: 'deploy',
    what: 'the image as Kubernetes runs it; needs root, Docker and debootstrap',
    files: 'test/deploy/**/*.test.ts',
    isFast: false,
    concurrency: 1,
    timeoutMs: 900_000,
    maxMinutes: 5,
  },
  {
    name: 'keda',
    what: "KEDA's own scaler on our checkpoints; needs Go",
    files: 'test/keda/**/*.test.ts',
    isFast: false,
    concurrency: 1,
    timeoutMs: 900_000,
    // On a new machine KEDA's scaler is compiled first.
    maxMinutes: 18,
  },
  {
    name: 'foreign',
    what: "other vendors' SDKs and their own tests on the emulator; needs Go, Python, Maven and registries",
    files: 'test/foreign/**/*.test.ts',
    isFast: false,
    concurrency: 1,
    timeoutMs: 900_000,
    maxMinutes: 15,
  },
];

const wanted = choose(process.argv.slice(2));
const failed: string[] = [];
for (const tier of wanted) {
  const files = await Array.fromAsync(glob(tier.files, { cwd: root.pathname }));
  if (files.length === 0) {
    console.log(`# ${tier.name}: no tests yet`);
    continue;
  }
  console.log(`# ${tier.name}: ${tier.what} (${String(files.length)} files)`);
  const startedMs = performance.now();
  if (!(await runTier(tier, files.sort()))) failed.push(tier.name);
  console.log(`# ${tier.name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function choose(args: readonly string[]): readonly Tier[] {
  const names = args.length === 0 ? ['fast'] : args;
  const known = new Set(['fast', 'slow', ...tiers.map((tier) => tier.name)]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    console.error(`There is no tier ${unknown.join(', ')}. Tiers: ${[...known].join(', ')}.`);
    process.exit(2);
  }
  return tiers.filter((tier) => names.includes(tier.name) || names.includes(tier.isFast ? 'fast' : 'slow'));
}

function runTier(tier: Tier, files: readonly string[]): Promise<boolean> {
  const options = [
    '--test',
    `--test-concurrency=${String(tier.concurrency)}`,
    `--test-timeout=${String(tier.timeoutMs)}`,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...options, ...files], {
      cwd: root.pathname,
      stdio: 'inherit',
    });
    child.once('error', (error) => {
      console.error(`The test runner could not be started: ${error.message}`);
      resolve(false);
    });
    const timer = setTimeout(() => {
      console.error(`# ${tier.name}: not over after ${String(tier.maxMinutes)} minutes; stopped`);
      // The runner tells which tests were running before it ends.
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, tier.maxMinutes * 60_000);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}
