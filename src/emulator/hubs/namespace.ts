/** The hubs of one emulated namespace. Names are found in any case, as in the service. */
import type { HubFolder } from '../journal/hub-folder.ts';
import type { GeoReplication } from './geo-replication.ts';
import { Hub } from './hub.ts';
import type { HubSpec } from './hub.ts';

/** Where a hub is kept over a restart; undefined: nowhere. */
export type FolderOf = (spec: HubSpec) => HubFolder | undefined;

export class Namespace {
  readonly #hubs = new Map<string, Hub>();
  readonly #now: () => number;
  readonly #folderOf: FolderOf;
  readonly replication: GeoReplication;

  constructor(
    specs: readonly HubSpec[],
    now: () => number,
    replication: GeoReplication,
    folderOf: FolderOf = () => undefined,
  ) {
    this.#now = now;
    this.#folderOf = folderOf;
    this.replication = replication;
    for (const spec of specs) {
      this.#hubs.set(spec.name.toLowerCase(), new Hub(spec, now, folderOf(spec), replication));
    }
  }

  get hubs(): readonly Hub[] {
    return [...this.#hubs.values()];
  }

  find(name: string): Hub | undefined {
    return this.#hubs.get(name.toLowerCase());
  }

  /**
   * The secondary becomes the primary, without the newest events of each partition that it had not got yet. Nobody may be
   * reading. Throws RangeError when there is none.
   */
  promoteSecondary(lostEvents: number): void {
    this.replication.promote();
    for (const hub of this.hubs) for (const log of hub.partitions) log.loseLast(lostEvents);
  }

  /** Replaces a hub by an empty one of the same shape: sequence numbers and offsets start again. */
  recreate(hub: Hub): Hub {
    const spec = { ...hub.spec, partitionCount: hub.partitions.length };
    hub.remove();
    const fresh = new Hub(spec, this.#now, this.#folderOf(spec), this.replication);
    this.#hubs.set(hub.name.toLowerCase(), fresh);
    return fresh;
  }
}
