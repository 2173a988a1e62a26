#!/usr/bin/env node
// The process: what was asked for is run to its end, and its exit code is ours. Everything else is in cli.

import { runCommandLine } from './cli/command-line.ts';

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
  failures: process,
});

// Anything still open (a socket of the SDK that never closes) must not keep a finished process alive. What was written to
// a pipe is written asynchronously: the process ends when it is through.
process.stdout.write('', () => {
  process.stderr.write('', () => process.exit(exitCode));
});
