// Connection strings of Azure: parts `Name=value` joined by `;`. The official SDKs differ in what they take (names in any
// case or in one, blanks, empty parts and values, parts they do not know); here stands what any of them takes.

import { knownParts } from './connection-string-parts.ts';

/** Values by lower-case name; none is empty. */
export type ConnectionStringParts = ReadonlyMap<string, string>;

/** What a text is read as: `problem` goes on with the variable's name and never holds a piece of the text. */
export type Read<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'problem'; readonly problem: string };

export function problem(text: string): { readonly kind: 'problem'; readonly problem: string } {
  return { kind: 'problem', problem: text };
}

/** The parts. Values may contain `=` (keys end with it); a part with an empty value counts as not given. */
export function readParts(given: string): Read<ConnectionStringParts> {
  if (/^["'].*["']$/s.test(given.trim())) return problem('stands in quotation marks: leave them out');
  const parts = new Map<string, string>();
  for (const part of given.split(';').map((text) => text.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim().toLowerCase();
    if (at < 0 || name === '') {
      return problem('has a part that is no Name=value: a part is missing, or a key was cut by a ";"');
    }
    const value = part.slice(at + 1).trim();
    if (value === '') continue;
    const before = parts.get(name);
    if (before !== undefined && before !== value && !isSameHub(name, before, value)) {
      const known = knownParts.get(name);
      return problem(`gives ${known?.spelling ?? 'a part'} twice, with different values: leave one out`);
    }
    parts.set(name, value);
  }
  return { kind: 'read', value: parts };
}

/** Names of event hubs do not tell capitals from small letters. */
function isSameHub(name: string, one: string, other: string): boolean {
  return name === 'entitypath' && one.toLowerCase() === other.toLowerCase();
}
