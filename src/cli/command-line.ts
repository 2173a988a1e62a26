// From the arguments to one command run to its end, and its exit code. Knows how every failure is told to a person; what a
// command does is its own file.

import { hostname } from 'node:os';
import { Command, CommanderError } from 'commander';
import type { Layer } from '../config/layers.ts';
import { secretsIn } from '../config/secret.ts';
import { createRedact, createRedactKnown } from '../telemetry/redaction.ts';
import type { CommandContext, ExitCode } from './command.ts';
import { commandList } from './command-list.ts';
import { CrashGuard } from './crash-guard.ts';
import type { FailureSource } from './crash-guard.ts';
import { describeFailure } from './failure.ts';
import { version } from './version.ts';

/** What of the process a command line touches; a test gives its own. */
export interface CommandLineProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly isTerminal: boolean;
  readonly failures: FailureSource;
}

/** Runs what the arguments (without node and script) ask for. Never rejects. */
export async function runCommandLine(args: readonly string[], given: CommandLineProcess): Promise<ExitCode> {
  const process = withoutSecrets(given);
  let exitCode: ExitCode = 0;
  using guard = new CrashGuard(process.failures);
  const program = createProgram(process);
  const context: CommandContext = {
    layers: () => layersOf(program, process.env),
    print: (line) => process.writeOut(`${line}\n`),
    note: (line) => process.writeError(`${line}\n`),
    isTerminal: process.isTerminal,
    guard,
    exitWith: (code) => {
      exitCode = code;
    },
  };
  try {
    await addCommands(program, args, context);
    await Promise.race([program.parseAsync([...args], { from: 'user' }), guard.unwatched]);
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const failure = describeFailure(thrown, isDebugging(program, process.env));
    process.writeError(`${failure.text}\n`);
    return failure.exitCode;
  }
}

/**
 * The process as commands may use it: whatever they print, also of failures that nobody foresaw, no secret of the
 * environment is in it. An SDK's error may quote the connection string it was given.
 */
function withoutSecrets(process: CommandLineProcess): CommandLineProcess {
  const secrets = secretsIn(process.env);
  const [redactResult, redactNote] = [createRedactKnown(secrets), createRedact(secrets)];
  return {
    ...process,
    writeOut: (text) => process.writeOut(redactResult(text)),
    writeError: (text) => process.writeError(redactNote(text)),
  };
}

function createProgram(process: CommandLineProcess): Command {
  return new Command('eventhub-worker')
    .description('Runs one handler on every event of an Azure Event Hub, at least once, in order.')
    .version(version, '-V, --version')
    .option('--log-level <level>', 'overrides LOG_LEVEL')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({ writeOut: process.writeOut, writeErr: process.writeError });
}

/** The asked-for command in full, the others by name only. */
async function addCommands(
  program: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  for (const listed of commandList) {
    if (!args.includes(listed.name)) {
      program.command(listed.name).summary(listed.summary).description(listed.summary);
      continue;
    }
    const { createCommand } = await listed.load();
    const command = createCommand(context)
      .name(listed.name)
      .summary(listed.summary)
      .copyInheritedSettings(program);
    for (const inner of command.commands) inner.copyInheritedSettings(program);
    program.addCommand(command);
  }
}

function layersOf(program: Command, env: CommandLineProcess['env']): readonly Layer[] {
  const { logLevel } = program.opts<{ logLevel?: string }>();
  return [
    { origin: 'command line', values: { LOG_LEVEL: logLevel } },
    { origin: 'environment', values: env },
    { origin: 'host name', values: { WORKER_ID: hostname() } },
  ];
}

function isDebugging(program: Command, env: CommandLineProcess['env']): boolean {
  const { logLevel } = program.opts<{ logLevel?: string }>();
  const level = logLevel ?? env['LOG_LEVEL'];
  return level === 'debug' || level === 'trace';
}
