// Check: the checkpoint container holds the records of this consumer group and nothing else.

import { groupPrefix } from '../../azure/group-paths.ts';
import { probePrefix } from '../../azure/write-probe.ts';
import { ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const containerContent: Check = {
  name: 'container content',
  needs: ['checkpoint container'],
  run: async ({ config, container, group }, signal) => {
    const name = config.storage.checkpointContainer;
    const names: string[] = [];
    for await (const page of container({ name, variable: 'CHECKPOINT_CONTAINER' }).pages('', signal)) {
      names.push(...page.blobs.map((blob) => blob.name));
      if (names.length >= maxBlobs) break;
    }
    return judgeContent(name, groupPrefix(group), names);
  },
};

const maxBlobs = 20_000;
const maxNamed = 10;

export function judgeContent(container: string, ownPrefix: string, names: readonly string[]): Answer {
  const groups = new Set<string>();
  const strangers: string[] = [];
  for (const name of names) {
    if (name.startsWith(probePrefix)) continue;
    const group = /^([^/]+\/[^/]+\/[^/]+\/)(?:ownership|checkpoint|member)\/./.exec(name)?.[1];
    if (group === undefined) strangers.push(name);
    else if (group !== ownPrefix) groups.add(group);
  }
  const details = {
    'blobs seen': names.length,
    ...(names.length >= maxBlobs
      ? { note: `only the first ${maxBlobs.toLocaleString('en')} were looked at` }
      : {}),
    ...(groups.size === 0 ? {} : { 'other groups': shortened([...groups]) }),
    ...(strangers.length === 0 ? {} : { 'foreign blobs': shortened(strangers) }),
  };
  if (strangers.length > 0) {
    return warning(
      `${container} holds ${strangers.length} blobs that are no records of a consumer group: keep them elsewhere, or set CHECKPOINT_CONTAINER to a container of its own.`,
      details,
    );
  }
  if (groups.size > 0) {
    return warning(
      `${groups.size} other consumer groups share ${container}. It works; a container for each keeps their rights and their clean-up apart.`,
      details,
    );
  }
  return ok('Holds the records of this consumer group and nothing else.', details);
}

function shortened(names: readonly string[]): readonly string[] {
  const rest = names.length - maxNamed;
  return rest <= 0 ? names : [...names.slice(0, maxNamed), `and ${rest} more`];
}
