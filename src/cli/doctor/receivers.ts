// Check: this group's partitions may be received from, and nobody but its workers does. Attaches without an epoch only: who
// holds a partition stays where it is, and the broker's refusal tells the epoch, which is the generation of our own leases.

import type { StoredLease } from '../../engine/leases/records.ts';
import { createGroupCommand } from './consumer-group.ts';
import { failed, ok, unknown } from './check.ts';
import type { Answer, Check } from './check.ts';
import type { ReceiverFinding, World } from './world.ts';

export const receivers: Check = {
  name: 'receivers',
  needs: ['consumer group'],
  run: async (world, signal) => {
    const found = await world.receivers();
    const refused = found.find(({ answer }) => answer instanceof Error);
    if (refused?.answer instanceof Error) {
      return failed(`Partition ${refused.partitionId} cannot be received from: ${refused.answer.message}`);
    }
    const leases = await readLeases(world, signal);
    if (leases === undefined) return withoutStore(found);
    const first = judge(found, leases);
    // A partition that was passed on between the two looks shows the generation before: it is asked once more.
    const strangers = first.filter(({ foreign }) => foreign !== undefined);
    const again = await Promise.all(strangers.map(({ partitionId }) => askAgain(world, partitionId, signal)));
    const later = strangers.length === 0 ? leases : ((await readLeases(world, signal)) ?? leases);
    const second = new Map(judge(again, later).map((seat) => [seat.partitionId, seat]));
    return answerOf(
      world,
      first.map((seat) => second.get(seat.partitionId) ?? seat),
    );
  },
};

/** Who receives from a partition. */
export interface Seat {
  readonly partitionId: string;
  /** Worker of this group. */
  readonly worker: string | undefined;
  /** Anybody else, as people may know it. */
  readonly foreign: string | undefined;
}

export function judge(found: readonly ReceiverFinding[], leases: readonly StoredLease[]): readonly Seat[] {
  const leaseOf = new Map(leases.map((lease) => [lease.partitionId, lease]));
  return found.map(({ partitionId, answer }): Seat => {
    const seat = { partitionId, worker: undefined, foreign: undefined };
    if (answer instanceof Error || answer.kind === 'admitted') return seat;
    if (answer.kind === 'full') return { ...seat, foreign: answer.receivers.join(', ') };
    const lease = leaseOf.get(partitionId);
    const owner = lease === undefined || lease.ownerId === '' ? undefined : lease.ownerId;
    const generation = lease?.generation ?? 0;
    const { epoch, receiver } = answer;
    if (owner !== undefined && generation > 0 && generation === epoch) return { ...seat, worker: owner };
    // A stock consumer on the same container leaves its name and no generation, and receives with epoch 0.
    const stock = generation === 0 ? owner : undefined;
    const name = receiver ?? stock;
    return {
      ...seat,
      foreign:
        name === undefined
          ? `a receiver with epoch ${epoch} that keeps no lease in this container`
          : `${name} (epoch ${epoch})`,
    };
  });
}

function answerOf({ config, given }: World, seats: readonly Seat[]): Answer {
  const foreign = seats.filter((seat) => seat.foreign !== undefined);
  const held = seats.filter(({ worker }) => worker !== undefined);
  if (foreign.length > 0) {
    const group = config.eventHub.consumerGroup;
    return failed(
      `Somebody else receives in ${group} of ${given.eventHub} from ${foreign.length} of ${seats.length} partitions; the two will take partitions from each other. Stop it, or give the worker a consumer group of its own.`,
      {
        'foreign receivers': foreign.map(
          ({ partitionId, foreign: name }) => `partition ${partitionId}: ${name ?? ''}`,
        ),
        command: [createGroupCommand(config.eventHub, '<name>')],
      },
    );
  }
  const free = seats.length - held.length;
  return ok(
    `The right to receive is there; ${held.length} partitions are held by workers of this group, ${free} are free.`,
    held.length === 0
      ? undefined
      : { workers: held.map(({ partitionId, worker }) => `partition ${partitionId}: ${worker ?? ''}`) },
  );
}

async function askAgain(world: World, partitionId: string, signal: AbortSignal): Promise<ReceiverFinding> {
  return { partitionId, answer: await world.askReceiver(partitionId, signal) };
}

/** Without the leases nobody can be told from anybody. */
function withoutStore(found: readonly ReceiverFinding[]): Answer {
  const held = found.filter(({ answer }) => !(answer instanceof Error) && answer.kind !== 'admitted');
  if (held.length === 0) return ok('The right to receive is there; nobody else receives in this group.');
  return unknown(
    `${held.length} partitions are held, and the store that tells by whom cannot be read: see the checks of the container.`,
  );
}

async function readLeases(world: World, signal: AbortSignal): Promise<readonly StoredLease[] | undefined> {
  return world.readGroup(signal).then(
    ({ view }) => view.leases,
    () => undefined,
  );
}
