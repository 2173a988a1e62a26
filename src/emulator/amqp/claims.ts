/**
 * What one connection may do, by the tokens that were put on it.
 * Honoured: a link needs a valid token for its entity or a parent of it before it attaches; a renewed token replaces the
 *   old one; links whose token ran out are detached (broker.ts sweeps).
 * Not honoured: the host part of an audience (the emulator answers to any name); separate Send and Listen rights.
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide (claims-based security).
 */
import { pathOf } from './address.ts';

export class Claims {
  readonly #expiryByPath = new Map<string, number>();
  /** SASL PLAIN with the key: the whole namespace, as long as the connection lives. */
  grantAll(): void {
    this.#expiryByPath.set('', Infinity);
  }

  grant(audience: string, expiresAtMs: number): void {
    this.#expiryByPath.set(pathOf(audience).toLowerCase(), expiresAtMs);
  }

  /** Does a live token cover this path? */
  cover(path: string, nowMs: number): boolean {
    const wanted = path.toLowerCase();
    for (const [granted, expiresAtMs] of this.#expiryByPath) {
      if (expiresAtMs > nowMs && isWithin(wanted, granted)) return true;
    }
    return false;
  }

  /** Any live token at all: enough for `$management`, whose requests name the hub and carry a token of their own. */
  coverAnything(nowMs: number): boolean {
    return [...this.#expiryByPath.values()].some((expiresAtMs) => expiresAtMs > nowMs);
  }
}

/** Is `path` the granted entity or below it? The empty grant is the whole namespace. */
export function isWithin(path: string, granted: string): boolean {
  return granted === '' || path === granted || path.startsWith(`${granted}/`);
}
