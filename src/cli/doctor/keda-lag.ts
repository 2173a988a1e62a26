// Check: the lag KEDA would scale by is ours.

import { failed, ok, warning } from './check.ts';
import type { Check } from './check.ts';
import { groupLag } from '../lag/partition-lag.ts';
import type { GroupView } from '../../engine/leases/records.ts';
import { kedaLag, kedaView, readAsKeda } from './keda-reading.ts';
import type { KedaCheckpoints } from './keda-reading.ts';

export const kedaLagCheck: Check = {
  name: 'KEDA lag',
  needs: ['KEDA path'],
  run: async (world, signal) => {
    const view = kedaView(world);
    // In this order: beside running workers a checkpoint read later is further, and an end read last is behind none.
    const { view: group } = await world.readGroup(signal);
    const ids = (await world.readEnds(signal)).map(({ partitionId }) => partitionId);
    const reading = await readAsKeda(world, view, view.strategy, ids, signal);
    const ends = await world.readEnds(signal);
    if (reading.kind === 'error')
      return failed(`KEDA's trigger fails for every partition: ${reading.reason}.`);
    const ours = groupLag({
      view: brought(group, reading.checkpoints),
      ends,
      leaseMs: world.config.leaseMs,
      retentionMs: undefined,
    }).lagEvents;
    const theirs = kedaLag(ends, reading.checkpoints);
    const details = { ours: ours.toLocaleString('en'), KEDA: theirs.toLocaleString('en') };
    if (theirs === BigInt(ours)) return ok(`Both count ${details.ours} events.`, details);
    return warning(
      theirs > ours
        ? `KEDA counts ${details.KEDA} events, of which only ${details.ours} are left: it also counts expired ones, until the worker moves those checkpoints. Start the worker, or see the checks above.`
        : `KEDA counts ${details.KEDA} events, ${details.ours} are left: it takes a single retained event without a checkpoint for none, and hides a re-created hub. Start the worker once (at least one replica).`,
      details,
    );
  },
};

/** The group with the checkpoints as far as KEDA saw them: the worker went on between the two readings. */
function brought(group: GroupView, seen: KedaCheckpoints): GroupView {
  const checkpoints = group.checkpoints.map((stored) => {
    const sequenceNumber = seen.get(stored.partitionId);
    return sequenceNumber === undefined ? stored : { ...stored, sequenceNumber: Number(sequenceNumber) };
  });
  return { ...group, checkpoints };
}
