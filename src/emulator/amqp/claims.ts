/**
 * What one connection may do, by the tokens that were put on it.
 * Honoured: a link needs a live token for its entity or a parent of it, with the right to send or to listen, before it
 *   attaches; a renewed token replaces the old one; links whose token ran out are detached (broker.ts sweeps).
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide (claims-based security).
 */
import { isWithin, readAudience } from '../tokens/audience.ts';
import type { AccessRule, Right } from '../tokens/access-rule.ts';

interface Grant {
  readonly path: string;
  readonly rights: ReadonlySet<Right>;
  readonly expiresAtMs: number;
}

export class Claims {
  /** By the lower-case path. */
  readonly #grants = new Map<string, Grant>();

  /** SASL PLAIN with a rule's key: as far as the rule reaches, as long as the connection lives. */
  grantRule({ hub = '', rights }: AccessRule): void {
    this.#grants.set(hub, { path: hub, rights, expiresAtMs: Infinity });
  }

  grant(audience: string, rights: ReadonlySet<Right>, expiresAtMs: number): void {
    const { path } = readAudience(audience);
    this.#grants.set(path.toLowerCase(), { path, rights, expiresAtMs });
  }

  /** Does a live token with this right cover the path? */
  cover(path: string, right: Right, nowMs: number): boolean {
    return this.#live(nowMs).some((grant) => grant.rights.has(right) && isWithin(path, grant.path));
  }

  /** Any live token of the hub, with any right: enough for `$management`, which has an audience of its own. */
  coverSome(hub: string, nowMs: number): boolean {
    return this.#live(nowMs).some(({ path }) => concernsHub(path, hub));
  }

  coverAnything(nowMs: number): boolean {
    return this.#live(nowMs).length > 0;
  }

  #live(nowMs: number): Grant[] {
    return [...this.#grants.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }
}

/** Is a granted path the namespace, its `$management` node, the hub or something below the hub? */
export function concernsHub(path: string, hub: string): boolean {
  return path === '' || path.toLowerCase() === '$management' || isWithin(path, hub);
}
