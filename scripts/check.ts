// `npm run check`: everything that must hold before a commit, cheapest first. All steps run even when one fails, so that
// one look shows everything; each step's time is printed.

import { spawn } from 'node:child_process';

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const steps: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'dead code', command: ['knip'] },
  { name: 'documents', command: ['node', 'scripts/generate-docs.ts', '--check'] },
  { name: 'fast tests', command: ['node', 'scripts/test.ts', 'fast'] },
];

const root = new URL('../', import.meta.url).pathname;
const failed: string[] = [];
for (const { name, command } of steps) {
  const startedMs = performance.now();
  const isPassed = await run(command);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${isPassed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (!isPassed) failed.push(name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function run([program, ...args]: Step['command']): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env['PATH'] ?? ''}` },
    });
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}
