// What a file in this folder gives (one command each) and what the process gives it. A command file is loaded only when
// its command is asked for, so that `--help` and short commands stay fast.

import type { Command } from 'commander';
import type { Layer } from '../config/layers.ts';
import type { CrashGuard } from './crash-guard.ts';

/** 0 done, 1 failed, 2 bad usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** The process as a command sees it. */
export interface CommandContext {
  /** Where configuration comes from, first wins: command line, environment, host name. */
  readonly layers: () => readonly Layer[];
  /** Writes one line to standard output: results. */
  readonly print: (line: string) => void;
  /** Writes one line to standard error: what a person should know besides the results. */
  readonly note: (line: string) => void;
  /** Whether a person watches standard output, so that progress may be redrawn. */
  readonly isTerminal: boolean;
  /** For a command that must end in order even when an error escaped; without it the process ends at once. */
  readonly guard: CrashGuard;
  /** Ends with this code once the action settles; 0 when never called. */
  readonly exitWith: (code: ExitCode) => void;
}

/** Every command file exports `createCommand` of this type. */
export type CreateCommand = (context: CommandContext) => Command;
