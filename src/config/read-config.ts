// From the texts of the environment to a frozen configuration, or to the list of everything wrong with them at once.

import { WorkerError } from '../engine/errors.ts';
import { toConfig, toEventHubConfig, toGroupConfig, toLocalConfig } from './config.ts';
import type { Config, EventHubConfig, GroupConfig, LocalConfig } from './config.ts';
import { docOf, environment, variableNames } from './environment.ts';
import type { Environment, VariableName } from './environment.ts';
import { environmentOf, mergeLayers } from './layers.ts';
import type { GivenValues, Layer } from './layers.ts';
import { notAllowed, notReadable } from './problem.ts';
import { readProxy } from './proxy.ts';
import type { Problem } from './problem.ts';
import { rules } from './rules.ts';
import { variableGroups } from './variable.ts';
import type { VariableGroup } from './variable.ts';

export type Reading<Value> =
  | { readonly kind: 'valid'; readonly config: Value; readonly environment: Environment }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Everything that `run` needs. */
export function readConfig(layers: readonly Layer[]): Reading<Config> {
  return read(
    layers,
    variableGroups.filter((group) => group !== 'Local'),
    toConfig,
  );
}

/** What a command needs that reads or changes the records of a consumer group; no handler. */
export function readGroupConfig(layers: readonly Layer[]): Reading<GroupConfig> {
  return read(layers, ['Event Hubs', 'Storage', 'Leases', 'Log'], toGroupConfig);
}

/** What a command needs that only talks to the event hub. */
export function readEventHubConfig(layers: readonly Layer[]): Reading<EventHubConfig> {
  return read(layers, ['Event Hubs', 'Log'], toEventHubConfig);
}

/** What `local` starts beside its worker. */
export function readLocalConfig(layers: readonly Layer[]): Reading<LocalConfig> {
  return read(layers, ['Local'], toLocalConfig);
}

/** The configuration, or EHW_BAD_CONFIGURATION with every problem on a line of its own. */
export function orThrow<Value>(reading: Reading<Value>): Value {
  if (reading.kind === 'valid') return reading.config;
  const problems = reading.problems.map(({ text }) => `  ${text}`).join('\n');
  throw new WorkerError('EHW_BAD_CONFIGURATION', { problems });
}

function read<Value>(
  layers: readonly Layer[],
  groups: readonly VariableGroup[],
  build: (env: Environment, foreign: Layer['values']) => Value,
): Reading<Value> {
  const wanted = new Set(variableNames.filter((name) => groups.includes(docOf(name).group)));
  const given = mergeLayers(layers);
  const bad = new Set(variableNames.filter((name) => !wanted.has(name)));
  const problems: Problem[] = [];
  for (const name of wanted) {
    const problem = problemOf(name, given.get(name)?.text);
    if (problem === undefined) continue;
    bad.add(name);
    problems.push(problem);
  }
  const env = environment.parse(textsOf(given, bad));
  const foreign = environmentOf(layers);
  if (groups.includes('Event Hubs')) problems.push(...proxyProblems(foreign));
  for (const rule of rules) {
    if (rule.reads.some((name) => bad.has(name))) continue;
    const problem = rule.broken(env);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) return { kind: 'invalid', problems };
  return { kind: 'valid', config: freeze(build(env, foreign)), environment: freeze(env) };
}

/** A proxy that cannot be one would fail later, in the words of a library. */
function proxyProblems(foreign: Layer['values']): readonly Problem[] {
  const proxy = readProxy(foreign);
  if (proxy === undefined || proxy.read.kind === 'read') return [];
  return [{ variable: proxy.variable, text: `${proxy.variable} ${proxy.read.problem}.` }];
}

/** What is wrong with a value by itself. */
function problemOf(name: VariableName, text: string | undefined): Problem | undefined {
  const { error } = environment.shape[name].safeParse(text);
  if (error === undefined) return undefined;
  const issue = error.issues[0];
  const isExplained = issue?.code === 'custom' && issue.params?.['isExplained'] === true;
  return isExplained ? notReadable(name, text ?? '', issue.message) : notAllowed(name, text ?? '');
}

/** The texts to parse; what is left out takes its default, so that the rules can judge the others. */
function textsOf(given: GivenValues, leftOut: ReadonlySet<VariableName>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, { text }] of given) {
    if (!leftOut.has(name)) texts[name] = text;
  }
  return texts;
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
