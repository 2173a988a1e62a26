/**
 * The namespaces of one emulator, each with its hubs, rules and limits. The first answers to every host name that none of
 * the others has, so that one namespace is found under any name that leads here.
 * Source: clients name the namespace as `hostname` in the open frame, also when a custom endpoint address sends them
 *   elsewhere (@azure/core-amqp 4.4.2 dist/esm/ConnectionContextBase.js:68-90; go-amqp ConnOptions.HostName).
 */
import type { NamespaceState } from '../amqp/namespace-state.ts';

export class Namespaces {
  readonly #first: NamespaceState;
  readonly #others: readonly NamespaceState[];

  /** Throws TypeError when two have the same host name. */
  constructor(first: NamespaceState, others: readonly NamespaceState[]) {
    const names = others.map(({ hostName }) => hostName.toLowerCase());
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new TypeError(`emulator options: the namespace '${twice}' is given twice`);
    this.#first = first;
    this.#others = others;
  }

  get all(): readonly NamespaceState[] {
    return [this.#first, ...this.#others];
  }

  /** The namespace that a client means by a host name, which may carry a port. */
  forHost(host: string | undefined): NamespaceState {
    const wanted = (host ?? '').toLowerCase().replace(/:\d+$/, '');
    return this.#others.find(({ hostName }) => hostName.toLowerCase() === wanted) ?? this.#first;
  }

  /** Undefined: the first. Throws RangeError for a name that is not there. */
  named(hostName: string | undefined): NamespaceState {
    if (hostName === undefined) return this.#first;
    const found = this.all.find((one) => one.hostName.toLowerCase() === hostName.toLowerCase());
    if (found === undefined) throw new RangeError(`there is no namespace ${hostName}`);
    return found;
  }
}
