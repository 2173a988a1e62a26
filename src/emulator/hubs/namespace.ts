/** The hubs of one emulated namespace. Names are found in any case, as in the service. */
import type { HubFolder } from '../journal/hub-folder.ts';
import { Hub } from './hub.ts';
import type { HubSpec } from './hub.ts';

/** Where a hub is kept over a restart; undefined: nowhere. */
export type FolderOf = (spec: HubSpec) => HubFolder | undefined;

export class Namespace {
  readonly #hubs = new Map<string, Hub>();
  readonly #now: () => number;
  readonly #folderOf: FolderOf;

  constructor(specs: readonly HubSpec[], now: () => number, folderOf: FolderOf = () => undefined) {
    this.#now = now;
    this.#folderOf = folderOf;
    for (const spec of specs) this.#hubs.set(spec.name.toLowerCase(), new Hub(spec, now, folderOf(spec)));
  }

  get hubs(): readonly Hub[] {
    return [...this.#hubs.values()];
  }

  find(name: string): Hub | undefined {
    return this.#hubs.get(name.toLowerCase());
  }

  /** Replaces a hub by an empty one of the same shape: sequence numbers and offsets start again. */
  recreate(hub: Hub): Hub {
    const spec = { ...hub.spec, partitionCount: hub.partitions.length };
    hub.remove();
    const fresh = new Hub(spec, this.#now, this.#folderOf(spec));
    this.#hubs.set(hub.name.toLowerCase(), fresh);
    return fresh;
  }
}
