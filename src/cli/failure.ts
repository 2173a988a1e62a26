// How a failure is told: what to do in plain words, and the exit code that goes with it. The code path is for those who
// asked for it; it is never the whole message.

import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { ErrorCode } from '../engine/errors.ts';
import type { ExitCode } from './command.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** Failures that another environment or command line cures. */
const usageCodes: ReadonlySet<ErrorCode> = new Set([
  'EHW_BAD_CONFIGURATION',
  'EHW_BAD_USAGE',
  'EHW_BAD_HANDLER',
]);

export function describeFailure(thrown: unknown, withCodePath: boolean): Failure {
  const codePath = withCodePath && thrown instanceof Error ? `\n${codePathOf(thrown)}` : '';
  if (thrown instanceof WorkerError) {
    return {
      text: `eventhub-worker: ${thrown.code}: ${thrown.message}${codePath}`,
      exitCode: usageCodes.has(thrown.code) ? 2 : 1,
    };
  }
  const hint = withCodePath ? '' : ' (--log-level debug shows where)';
  return { text: `eventhub-worker: unexpected failure: ${reasonOf(thrown)}${hint}${codePath}`, exitCode: 1 };
}

/** The stack of the error and of everything beneath it. */
function codePathOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${codePathOf(error.cause)}` : own;
}
