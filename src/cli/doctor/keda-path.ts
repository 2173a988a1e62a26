// Check: KEDA looks where the worker writes. A wrong strategy or one capital letter makes it read nothing, which is no error
// there: the whole retention counts as lag, and the replicas stay at their maximum.

import { groupPrefix, recordPath } from '../../azure/group-paths.ts';
import { checkpointPlace, kedaStrategies } from '../keda-checkpoint.ts';
import { failed, ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';
import { kedaLag, kedaView, readAsKeda } from './keda-reading.ts';
import type { KedaReading, KedaView } from './keda-reading.ts';
import type { World } from './world.ts';

export const kedaPath: Check = {
  name: 'KEDA path',
  needs: ['event hub', 'checkpoint container'],
  run: async (world, signal) => {
    const view = kedaView(world);
    const ends = await world.readEnds(signal);
    const ids = ends.map(({ partitionId }) => partitionId);
    const readings = new Map(
      await Promise.all(
        kedaStrategies.map(
          async (strategy) => [strategy, await readAsKeda(world, view, strategy, ids, signal)] as const,
        ),
      ),
    );
    const details = Object.fromEntries(
      kedaStrategies.map((strategy) => {
        const { container, path } = checkpointPlace(strategy, view.names, view.container, ids[0] ?? '0');
        const reading = readings.get(strategy);
        const text =
          reading?.kind === 'read'
            ? `${countFound(reading)} of ${ids.length} blobs, lag ${kedaLag(ends, reading.checkpoints)}`
            : (reading?.reason ?? '');
        return [strategy, `${container}/${path}: ${text}`];
      }),
    );
    const used = ends
      .filter(({ lastSequenceNumber }) => lastSequenceNumber >= 0)
      .map(({ partitionId }) => partitionId);
    return judgePath(world, view, readings.get(view.strategy), used, details);
  },
};

function judgePath(
  world: World,
  view: KedaView,
  reading: KedaReading | undefined,
  used: readonly string[],
  details: Answer['details'],
): Answer {
  const wrong = mismatches(world, view);
  if (wrong.length > 0) {
    const text = `KEDA would not find the worker's checkpoints and scale to the maximum: ${wrong.join('; ')}.`;
    // The chart lowers names by itself: what was not given here need not be what KEDA was given.
    return view.isGiven
      ? failed(text, details)
      : warning(
          `If the ScaledObject has the names as the worker was given them, ${lowerFirst(text)}`,
          details,
        );
  }
  if (reading?.kind === 'error') {
    return failed(`KEDA's trigger fails for every partition: ${reading.reason}.`, details);
  }
  const missing = used.filter((id) => reading?.checkpoints.get(id) === undefined);
  if (missing.length > 0) {
    return warning(
      `KEDA looks in the right place, but ${missing.length} of ${used.length} partitions with events have no checkpoint yet, so all they retain counts as lag; the worker writes one when it takes a partition.`,
      details,
    );
  }
  return ok('KEDA reads what the worker writes (checkpointStrategy: blobMetadata).', details);
}

/** Everything in which KEDA's place differs from the worker's, each with its cure. */
function mismatches({ config, group }: World, view: KedaView): readonly string[] {
  const { strategy, writtenStrategy, names, container } = view;
  if (strategy !== 'blobMetadata') {
    const fallback = writtenStrategy === strategy ? '' : `, which KEDA takes for "${strategy}"`;
    return [
      `checkpointStrategy is "${writtenStrategy}"${fallback}: set blobMetadata, in exactly this spelling`,
    ];
  }
  const found: string[] = [];
  const compare = (field: string, given: string, wanted: string): void => {
    if (given === wanted) return;
    const why =
      given.toLowerCase() === wanted ? 'KEDA keeps capital letters here' : 'the worker writes elsewhere';
    found.push(`${field} is "${given}" (${why}): give KEDA "${wanted}"`);
  };
  const [namespace = '', hub = '', consumerGroup = ''] = groupPrefix(group).split('/');
  compare('the namespace', names.namespace, namespace);
  compare('the event hub', names.hub, hub);
  compare('the consumer group', names.consumerGroup.toLowerCase(), consumerGroup);
  compare('blobContainer', container, config.storage.checkpointContainer);
  const place = checkpointPlace(strategy, names, container, '0').path;
  if (found.length === 0 && place !== recordPath(group, 'checkpoint', '0')) found.push(`KEDA reads ${place}`);
  return found;
}

function countFound({ checkpoints }: Extract<KedaReading, { kind: 'read' }>): number {
  return [...checkpoints.values()].filter((value) => value !== undefined).length;
}

function lowerFirst(text: string): string {
  return text.startsWith('KEDA') ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
