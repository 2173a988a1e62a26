// Reads what `go test -json` prints: https://pkg.go.dev/cmd/test2json.

import { z } from 'zod';
import type { ForeignTest } from './suite-report.ts';

const lineSchema = z.object({
  Action: z.string(),
  Package: z.string().default(''),
  Test: z.string().optional(),
  Output: z.string().default(''),
});

const outcomes: Readonly<Record<string, ForeignTest['outcome']>> = {
  pass: 'passed',
  fail: 'failed',
  skip: 'skipped',
};

/**
 * The tests of all packages; those of packages below `root` carry the package's path. A test with subtests counts as its
 * subtests, unless it alone failed; likewise a package, whose process may die or which may not build.
 */
export function readGoTests(lines: string, root: string): ForeignTest[] {
  const found = new Map<string, ForeignTest>();
  const said = new Map<string, string>();
  for (const line of lines.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { Action, Package, Test, Output } = lineSchema.parse(JSON.parse(line));
    const name = [Package.slice(root.length + 1), Test].filter(Boolean).join('/');
    if (Action === 'output') said.set(name, (said.get(name) ?? '') + Output);
    const outcome = outcomes[Action];
    const isWholePackage = Test === undefined;
    if (outcome === undefined || (isWholePackage && outcome !== 'failed')) continue;
    found.set(name, { name, outcome, said: said.get(name)?.slice(-2000) ?? '' });
  }
  const tests = [...found.values()];
  return tests.filter(({ name, outcome }) => {
    const below = tests.filter(
      (other) => other.name !== name && other.name.startsWith(name === '' ? '' : `${name}/`),
    );
    return below.length === 0 || (outcome === 'failed' && below.every((other) => other.outcome !== 'failed'));
  });
}
