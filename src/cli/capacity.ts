// `capacity`: how many throughput units a namespace needs, from a given load, from exported metrics, or from the hub itself.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { openAzureSource } from '../azure/azure.ts';
import { orThrow, readEventHubConfig } from '../config/read-config.ts';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import { adviceLines, burstWarning, findingLines, sizingLines } from './capacity/capacity-text.ts';
import { advise, findIn } from './capacity/findings.ts';
import { compareEnds, readEnds } from './capacity/live-sample.ts';
import { parseMinutes } from './capacity/minute-metrics.ts';
import { parseByteRate, parseEventRate } from './capacity/rate.ts';
import { loadOf, maxUnits, sizeFor } from './capacity/throughput-units.ts';
import type { CommandContext } from './command.ts';
import { wholeNumberBetween } from './option-values.ts';
import { Shutdown } from './shutdown.ts';
import { systemClock, systemRandom } from './system-clock.ts';

interface CapacityOptions {
  readonly ingress?: number;
  readonly ingressEvents?: number;
  readonly consumers: number;
  readonly metrics?: string;
  readonly live?: true;
  readonly seconds: number;
  readonly units: number;
  readonly namespace: string;
  readonly json?: true;
}

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Tells how many throughput units a load needs, with the arithmetic.')
    .option('--ingress <rate>', 'bytes per second sent, as in 5MB/s', parseByteRate)
    .option('--ingress-events <rate>', 'events per second sent, as in 2000/s', parseEventRate)
    .option('--consumers <count>', 'consumer groups that read everything', wholeNumberBetween(0, 1_000), 1)
    .option('--metrics <file>', 'per-minute metrics exported by Azure Monitor, CSV or JSON')
    .option('--live', 'measure the event hub of the environment')
    .option('--seconds <count>', 'how long --live measures', wholeNumberBetween(1, 3_600), 60)
    .option('--units <count>', 'throughput units the namespace has now', wholeNumberBetween(1, maxUnits), 1)
    .option('--namespace <name>', 'for the az command', '<namespace>')
    .option('--json', 'print JSON')
    .action(async (options: CapacityOptions) => answer(context, options));
}

async function answer(context: CommandContext, options: CapacityOptions): Promise<void> {
  const isLoadGiven = options.ingress !== undefined || options.ingressEvents !== undefined;
  const asked = [isLoadGiven, options.metrics !== undefined, options.live === true].filter(Boolean).length;
  if (asked !== 1) {
    throw new WorkerError('EHW_BAD_USAGE', {
      reason: 'Give one of: a load (--ingress and/or --ingress-events), --metrics FILE, or --live.',
    });
  }
  if (options.metrics !== undefined) return fromMetrics(context, options, options.metrics);
  if (options.live === true) return fromHub(context, options);
  const { ingress, ingressEvents, consumers } = options;
  const load = {
    ...(ingress === undefined ? {} : { bytes: ingress }),
    ...(ingressEvents === undefined ? {} : { events: ingressEvents }),
  };
  return fromLoad(context, options, load, consumers);
}

function fromLoad(
  context: CommandContext,
  options: CapacityOptions,
  ingress: { readonly bytes?: number; readonly events?: number },
  consumers: number,
): void {
  const sizing = sizeFor(loadOf(ingress, consumers));
  const advice = advise(sizing, options.units, false);
  if (options.json === true) return context.print(JSON.stringify({ ...sizing, advice }, null, 2));
  for (const line of [...sizingLines(sizing), '', ...adviceLines(advice, options.namespace)])
    context.print(line);
}

async function fromMetrics(context: CommandContext, options: CapacityOptions, file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new WorkerError(
      'EHW_BAD_USAGE',
      { reason: `${file} cannot be read: ${reasonOf(error)}` },
      { cause: error },
    );
  });
  const findings = findIn(parseMinutes(text, file), options.units);
  const advice = advise(findings.sizing, options.units, findings.throttledRequests > 0);
  if (options.json === true)
    return context.print(JSON.stringify({ ...findings, advice, note: burstWarning }, null, 2));
  const lines = [...findingLines(findings, options.units), '', ...adviceLines(advice, options.namespace)];
  for (const line of lines) context.print(line);
}

async function fromHub(context: CommandContext, options: CapacityOptions): Promise<void> {
  using shutdown = new Shutdown(process);
  const config = orThrow(readEventHubConfig(context.layers()));
  const source = await openAzureSource({ eventHub: config, clock: systemClock, random: systemRandom });
  try {
    const signal = shutdown.drain;
    const startedMs = systemClock.monotonicMs();
    const before = await readEnds(source, signal);
    context.note(
      `Measuring ${config.eventHub} for ${options.seconds} s; Ctrl-C ends it early with what there is.`,
    );
    await sleep(options.seconds * 1_000, undefined, { signal }).catch(() => undefined);
    const after = await readEnds(source, new AbortController().signal);
    const sample = compareEnds(before, after, (systemClock.monotonicMs() - startedMs) / 1_000);
    const { eventsPerSecond: events, bytesPerSecond: bytes } = sample;
    if (options.json !== true) {
      context.print(
        `${Math.round(sample.seconds)} s: ${Math.round(events).toLocaleString('en')} events/s in`,
      );
      context.print(`hottest partition: ${Math.round(sample.hottestShare * 100)} % of all events`);
      if (bytes === undefined)
        context.print('bytes: not known, the offsets of this namespace do not count them');
      context.print(burstWarning);
    }
    fromLoad(context, options, { events, ...(bytes === undefined ? {} : { bytes }) }, options.consumers);
  } finally {
    await source.close();
  }
}
