// Finds variables that are given under a name that is almost one of ours: they would silently keep the default.

import { variableNames } from './environment.ts';
import type { VariableName } from './environment.ts';

export interface Misspelling {
  readonly given: string;
  readonly meant: VariableName;
}

/** Shorter names are too easily near to something unrelated. */
const minLength = 8;
const maxDistance = 2;

export function findMisspellings(names: Iterable<string>): readonly Misspelling[] {
  const known: ReadonlySet<string> = new Set(variableNames);
  const found: Misspelling[] = [];
  for (const given of names) {
    if (known.has(given) || given.length < minLength) continue;
    const meant = variableNames.find(
      (name) => name.length >= minLength && distance(given.toUpperCase(), name) <= maxDistance,
    );
    if (meant !== undefined) found.push({ given, meant });
  }
  return found;
}

/** Levenshtein's distance; names that differ much in length are far apart without counting. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > maxDistance) return maxDistance + 1;
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const replaced = (row[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
