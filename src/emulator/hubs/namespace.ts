/** The hubs of one emulated namespace. Names are found in any case, as in the service. */
import { Hub } from './hub.ts';
import type { HubSpec } from './hub.ts';

export class Namespace {
  readonly #hubs = new Map<string, Hub>();
  readonly #now: () => number;

  constructor(specs: readonly HubSpec[], now: () => number) {
    this.#now = now;
    for (const spec of specs) this.#hubs.set(spec.name.toLowerCase(), new Hub(spec, now));
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
    const fresh = new Hub(spec, this.#now);
    this.#hubs.set(hub.name.toLowerCase(), fresh);
    return fresh;
  }
}
