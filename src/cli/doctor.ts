// `doctor`: can this process, with this configuration, do what the worker does? Looks at everything, changes nothing, and says
// for each thing what to do.

import { Command } from 'commander';
import { environmentOf } from '../config/layers.ts';
import { readConfig } from '../config/read-config.ts';
import type { CommandContext } from './command.ts';
import { checkList } from './doctor/check-list.ts';
import type { Finding } from './doctor/check.ts';
import { configuration, judgeProblems } from './doctor/configuration.ts';
import { findingLines, findingsJson, summaryLine, worstOf } from './doctor/findings-text.ts';
import { openWorld } from './doctor/open-world.ts';
import { notChecked, runChecks } from './doctor/run-checks.ts';
import type { DoctorOptions } from './doctor/world.ts';
import { price, wholeNumberBetween } from './option-values.ts';
import { Shutdown } from './shutdown.ts';
import { samplePrices } from './storage-cost.ts';
import { systemClock } from './system-clock.ts';

interface GivenOptions {
  readonly json?: true;
  readonly maxReplicas?: number;
  readonly workers?: number;
  readonly priceList: number;
  readonly priceOther: number;
  readonly kedaStrategy?: string;
  readonly kedaNamespace?: string;
  readonly kedaHub?: string;
  readonly kedaGroup?: string;
  readonly kedaContainer?: string;
  readonly timeoutSeconds: number;
}

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description(
      'Checks everything the worker stands on and says what to do; ends with 1 when a check fails.',
    )
    .option('--json', 'print JSON')
    .option(
      '--max-replicas <count>',
      'maxReplicaCount of KEDA or maxReplicas of the HPA',
      wholeNumberBetween(1, 10_000),
    )
    .option('--workers <count>', 'for the cost; otherwise those alive', wholeNumberBetween(1, 10_000))
    .option('--price-list <price>', 'of 10,000 list operations', price, samplePrices.list)
    .option('--price-other <price>', 'of 10,000 other operations', price, samplePrices.other)
    .option('--keda-strategy <name>', 'checkpointStrategy of the ScaledObject (blobMetadata)')
    .option('--keda-namespace <host>', "its namespace, where it is not the worker's")
    .option('--keda-hub <name>', 'its eventHubName')
    .option('--keda-group <name>', 'its consumerGroup')
    .option('--keda-container <name>', 'its blobContainer')
    .option('--timeout-seconds <count>', 'for each check', wholeNumberBetween(1, 600), 30)
    .action(async (options: GivenOptions) => examine(context, options));
}

async function examine(context: CommandContext, options: GivenOptions): Promise<void> {
  using shutdown = new Shutdown(process);
  const layers = context.layers();
  const own = readConfig(layers);
  const problems = own.kind === 'valid' ? [] : own.problems;
  // No check runs the handler: where it is not set, everything else can be looked at nevertheless.
  const reading = readConfig([...layers, { origin: 'doctor', values: { HANDLER: 'discard' } }]);
  if (reading.kind === 'invalid') {
    const findings = checkList.map(({ name }): Finding => {
      return name === configuration.name
        ? { name, ...judgeProblems(problems) }
        : notChecked(name, configuration.name);
    });
    return await tell(
      context,
      options,
      findings.map(async (finding) => finding),
    );
  }
  const opened = await openWorld({
    config: reading.config,
    problems,
    environment: environmentOf(layers),
    options: doctorOptions(options),
    signal: shutdown.drain,
  });
  try {
    const timeoutMs = options.timeoutSeconds * 1_000;
    await tell(
      context,
      options,
      runChecks(checkList, opened.world, { clock: systemClock, timeoutMs, signal: shutdown.drain }),
    );
  } finally {
    await opened.close();
  }
}

/** For people each finding as soon as those before it are told, for programs all of them at once. */
async function tell(
  context: CommandContext,
  options: GivenOptions,
  running: readonly Promise<Finding>[],
): Promise<void> {
  const nameWidth = Math.max(...checkList.map(({ name }) => name.length));
  const isColoured = context.isTerminal && (environmentOf(context.layers())['NO_COLOR'] ?? '') === '';
  const findings: Finding[] = [];
  for (const next of running) {
    const finding = await next;
    findings.push(finding);
    if (options.json === true) continue;
    for (const line of findingLines(finding, nameWidth, isColoured)) context.print(line);
  }
  context.print(options.json === true ? findingsJson(findings) : summaryLine(findings));
  if (worstOf(findings) === 'failed') context.exitWith(1);
}

function doctorOptions(given: GivenOptions): DoctorOptions {
  return {
    maxReplicas: given.maxReplicas,
    workers: given.workers,
    prices: { list: given.priceList, other: given.priceOther },
    keda: {
      strategy: given.kedaStrategy,
      namespace: given.kedaNamespace,
      hub: given.kedaHub,
      consumerGroup: given.kedaGroup,
      container: given.kedaContainer,
    },
  };
}
