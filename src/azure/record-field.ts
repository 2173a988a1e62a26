// Fields of a JSON record that nobody vouches for. Each throws a TypeError that names the field.

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(record: Record<string, unknown>, field: string): string {
  const value = record[field];
  if (typeof value !== 'string') throw new TypeError(`${field} is no text`);
  return value;
}

/** Null counts as absent. */
export function optionalText(record: Record<string, unknown>, field: string): string | undefined {
  return record[field] === undefined || record[field] === null ? undefined : textOf(record, field);
}

/** A whole number that is exact. */
export function numberOf(record: Record<string, unknown>, field: string): number {
  const value = record[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new TypeError(`${field} is no whole number`);
  }
  return value;
}
