// `config`: what the worker would run with. `--check` also loads every module of the program and the handler: it proves an
// image or a deployment without touching Azure.

import { Command } from 'commander';
import { effectiveSettings } from '../config/effective-settings.ts';
import type { EffectiveSetting } from '../config/effective-settings.ts';
import { environmentOf } from '../config/layers.ts';
import { findMisspellings } from '../config/misspelling.ts';
import { orThrow, readConfig } from '../config/read-config.ts';
import { loadHandler } from '../handlers/load-handler.ts';
import type { CommandContext } from './command.ts';
import { commandList } from './command-list.ts';

interface ConfigOptions {
  readonly json?: true;
  readonly check?: true;
}

export function createCommand(context: CommandContext): Command {
  return new Command()
    .description('Shows each variable, its effective value and where it comes from. Secrets are masked.')
    .option('--json', 'print JSON instead of a table')
    .option('--check', 'check the values, load every module and the handler; print nothing but the outcome')
    .action(async (options: ConfigOptions) => {
      for (const { given, meant } of findMisspellings(Object.keys(environmentOf(context.layers())))) {
        context.note(`warning: ${given} is not a variable of this program; ${meant} is`);
      }
      if (options.check === true) await check(context);
      else show(context, options.json === true);
    });
}

async function check(context: CommandContext): Promise<void> {
  const config = orThrow(readConfig(context.layers()));
  await Promise.all(commandList.map(async ({ load }) => load()));
  await loadHandler(config.handler, process.cwd());
  context.print('The configuration is complete and the handler loads.');
}

function show(context: CommandContext, asJson: boolean): void {
  const settings = effectiveSettings(context.layers());
  if (asJson) context.print(JSON.stringify(settings, null, 2));
  else for (const line of tableOf(settings)) context.print(line);
  const reading = readConfig(context.layers());
  if (reading.kind === 'valid') return;
  context.note('The configuration has problems:');
  for (const { text } of reading.problems) context.note(`  ${text}`);
  context.exitWith(2);
}

function tableOf(settings: readonly EffectiveSetting[]): readonly string[] {
  const nameWidth = Math.max(...settings.map(({ variable }) => variable.length));
  const lines: string[] = [];
  let group: string | undefined;
  for (const setting of settings) {
    if (setting.group !== group) {
      if (group !== undefined) lines.push('');
      group = setting.group;
      lines.push(group);
    }
    const unit = setting.unit === undefined || setting.unit === 'port' ? '' : ` ${setting.unit}`;
    const value = setting.value === '' ? '-' : setting.value + unit;
    lines.push(`  ${setting.variable.padEnd(nameWidth)}  ${value}  (${setting.origin})`);
  }
  return lines;
}
