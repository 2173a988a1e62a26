/** About how much memory a decoded value holds: what V8 takes for objects, arrays, maps and text, without views of the input. */
export function heldBytes(value: unknown): number {
  let held = 0;
  const open: unknown[] = [value];
  // The items of an array share what describes them.
  const seen = new Set<object>();
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') held += 16 + 2 * next.length;
    else if (typeof next === 'bigint') held += 24;
    else if (next instanceof Date || ArrayBuffer.isView(next)) held += 104;
    else if (typeof next === 'object' && next !== null && !seen.has(next)) {
      seen.add(next);
      const items = next instanceof Map ? [...next].flat() : Object.entries(next).flat();
      held += 64 + 16 * items.length;
      open.push(...(Array.isArray(next) ? next : items));
    }
  }
  return held;
}
