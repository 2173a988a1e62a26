// AMQP values as JSON text: for bodies that are values or sequences, and for values shown to people.
// (JSON.rawJSON is declared in json.ts.)

/**
 * Integers keep all their digits, dates are ISO 8601, bytes base64, maps whose keys are not all text lists of [key, value].
 * Numbers that JSON has not (NaN, infinities) are null.
 */
export function jsonTextOf(value: unknown): string {
  return JSON.stringify(value, asJson) ?? 'null';
}

function asJson(this: unknown, key: string, inner: unknown): unknown {
  if (typeof inner === 'bigint') return JSON.rawJSON(String(inner));
  if (inner instanceof Map) return [...inner];
  // Read from its holder: Buffer's own toJSON has been asked before this function is.
  const original = (this as Readonly<Record<string, unknown>>)[key];
  return original instanceof Uint8Array ? base64Of(original) : inner;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
