// Check: the environment is one the worker would start with. A handler that is not set is the one thing nobody here needs.

import type { Problem } from '../../config/problem.ts';
import { failed, ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const configuration: Check = {
  name: 'configuration',
  needs: [],
  run: ({ problems }) => judgeProblems(problems),
};

export function judgeProblems(problems: readonly Problem[]): Answer {
  const details = { problems: problems.map(({ text }) => text) };
  if (problems.length === 0) return ok('Complete and consistent; `config` shows every value.');
  if (problems.every(({ variable }) => variable === 'HANDLER')) {
    return warning('Complete but for HANDLER, which `run` needs and no check does.', details);
  }
  return failed('The worker would not start: correct what is named below.', details);
}
