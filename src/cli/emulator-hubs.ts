// Which hubs the emulator serves: those of --hub, those of a configuration file, or one to begin with.

import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { HubOptions } from '../emulator/index.ts';
import { readOfficialConfig } from '../emulator/index.ts';
import { WorkerError } from '../engine/errors.ts';

const defaultHub: HubOptions = { name: 'orders', partitionCount: 8 };

/** For `argParser` of --hub, which may be given again and again. */
export function collectHubs(given: string, before: readonly HubOptions[] = []): readonly HubOptions[] {
  const [name = '', count = '', groups, ...rest] = given.split(':');
  const partitionCount = /^\d{1,4}$/.test(count) ? Number(count) : 0;
  if (!/^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i.test(name) || partitionCount < 1 || rest.length > 0) {
    throw new InvalidArgumentError('Allowed: a name, a colon and 1 to 1024 partitions, as in orders:8.');
  }
  const hub = { name, partitionCount };
  return [...before, groups === undefined ? hub : { ...hub, consumerGroups: groups.split(',') }];
}

/** Throws EHW_BAD_USAGE with everything that is wrong with the file. */
export async function hubsToServe(
  named: readonly HubOptions[] | undefined,
  configPath: string | undefined,
): Promise<readonly HubOptions[]> {
  if (configPath === undefined) return named ?? [defaultHub];
  if (named !== undefined) {
    throw new WorkerError('EHW_BAD_USAGE', { reason: 'Give the hubs by --hub or by --config, not by both.' });
  }
  try {
    return readOfficialConfig(await readFile(configPath, 'utf8'));
  } catch (cause) {
    const problems = cause instanceof Error ? cause.message : String(cause);
    throw new WorkerError('EHW_BAD_USAGE', { reason: `--config ${configPath}: ${problems}` }, { cause });
  }
}
