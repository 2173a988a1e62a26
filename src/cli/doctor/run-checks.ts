// Carries the checks out: each as soon as those it needs are over, each with a deadline, none ended by the failure of another.

import { reasonOf, WorkerError } from '../../engine/errors.ts';
import type { Clock } from '../../engine/ports.ts';
import { withDeadline } from '../../engine/waiting.ts';
import type { Check, Finding } from './check.ts';
import type { World } from './world.ts';

export interface RunOptions {
  readonly clock: Clock;
  /** For each check. */
  readonly timeoutMs: number;
  /** Ends them all: what is not known by then stays unknown. */
  readonly signal: AbortSignal;
}

/**
 * One promise for each check, in their order; none rejects. A check may need only checks that stand before it: a name that
 * does not is a mistake in the list and throws.
 */
export function runChecks(
  checks: readonly Check[],
  world: World,
  options: RunOptions,
): readonly Promise<Finding>[] {
  const running = new Map<string, Promise<Finding>>();
  for (const check of checks) {
    const needed = check.needs.map((name) => {
      const earlier = running.get(name);
      if (earlier === undefined)
        throw new TypeError(`check "${check.name}" needs "${name}", which is not before it`);
      return earlier;
    });
    running.set(check.name, runAfter(check, needed, world, options));
  }
  return [...running.values()];
}

export function notChecked(name: string, missing: string): Finding {
  return { name, status: 'unknown', message: `Not checked: "${missing}" comes first.` };
}

async function runAfter(
  check: Check,
  needed: readonly Promise<Finding>[],
  world: World,
  { clock, timeoutMs, signal }: RunOptions,
): Promise<Finding> {
  const { name } = check;
  const missing = (await Promise.all(needed)).find(
    ({ status }) => status === 'failed' || status === 'unknown',
  );
  if (missing !== undefined) {
    return notChecked(name, missing.name);
  }
  try {
    const wait = { operation: `The check "${name}"`, timeoutMs, signal };
    return { name, ...(await withDeadline(clock, wait, async (signal) => check.run(world, signal))) };
  } catch (thrown) {
    if (signal.aborted) return { name, status: 'unknown', message: 'Not checked: the command was ended.' };
    if (thrown instanceof WorkerError) return { name, status: 'failed', message: thrown.message };
    return { name, status: 'failed', message: `This check itself failed: ${reasonOf(thrown)}.` };
  }
}
