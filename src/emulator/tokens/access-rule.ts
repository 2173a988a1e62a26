/**
 * Shared access rules: named keys with rights, of the namespace or of one hub.
 * Honoured: several rules at each place, two keys a rule, the rights Send, Listen and Manage (which holds both others); a
 *   rule of a hub opens that hub and what is below it only.
 * Not honoured: rules of consumer groups (the service has none either: a token of a higher rule may name the group).
 * Source: https://learn.microsoft.com/azure/event-hubs/authorize-access-shared-access-signature
 */

export const RIGHTS = ['send', 'listen', 'manage'] as const;
export type Right = (typeof RIGHTS)[number];

export interface AccessRuleOptions {
  readonly name: string;
  readonly key: string;
  /** A second key of the same rule, for rotating keys. */
  readonly secondaryKey?: string;
  /** 'manage' includes the other two. */
  readonly rights: readonly Right[];
}

export interface AccessRule {
  readonly name: string;
  readonly keys: readonly string[];
  readonly rights: ReadonlySet<Right>;
  /** Lower case; undefined: the whole namespace. */
  readonly hub: string | undefined;
}

export const EVERY_RIGHT: ReadonlySet<Right> = new Set(RIGHTS);

/** Completes a rule. Throws TypeError when it could never let anyone in. */
export function accessRule(options: AccessRuleOptions, hub: string | undefined): AccessRule {
  const { name, key, secondaryKey, rights } = options;
  if (name === '' || key === '') throw new TypeError('an access rule needs a name and a key');
  const unknown = rights.find((right) => !RIGHTS.includes(right));
  if (rights.length === 0 || unknown !== undefined) {
    throw new TypeError(`access rule '${name}': rights must be some of ${RIGHTS.join(', ')}`);
  }
  return {
    name,
    keys: secondaryKey === undefined ? [key] : [key, secondaryKey],
    rights: rights.includes('manage') ? EVERY_RIGHT : new Set(rights),
    hub: hub?.toLowerCase(),
  };
}

/** Does a rule reach a path in the namespace ('' is the namespace itself)? */
export function ruleReaches({ hub }: AccessRule, path: string): boolean {
  return hub === undefined || path.split('/')[0]?.toLowerCase() === hub;
}
