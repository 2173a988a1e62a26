/** What one decoded value may hold. All of it is checked before anything is allocated for it. */
export interface Limits {
  /** Lists, maps, arrays and descriptors within each other. */
  readonly maxDepth: number;
  /**
   * Items of all lists, maps and arrays together. An item takes a byte at least, except in an array of nulls, booleans or
   * zeros, where 13 bytes can claim two thousand million: so a value may hold no more items than it has bytes, plus
   * `extraItems`, and never more than `maxItems`.
   */
  readonly maxItems: number;
  readonly extraItems: number;
}

export const defaultLimits: Limits = { maxDepth: 64, maxItems: 4_194_304, extraItems: 1024 };
