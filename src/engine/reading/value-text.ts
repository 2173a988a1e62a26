// What an AMQP value reads as where text is wanted, whatever type its sender gave it.

import { hexOf, textOfBytes } from './bytes-text.ts';
import { jsonTextOf } from './value-json.ts';

/**
 * Text and UUIDs: themselves. Numbers, bigints, booleans, decimals: as JavaScript writes them. Dates: ISO 8601. Bytes: their UTF-8, or
 * `0x` and hex where they are none. Described values: what they describe (.NET's Uri, DateTimeOffset, TimeSpan). Lists and maps: JSON.
 * Null and undefined: undefined.
 */
export function valueText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
      return value;
    case 'object':
      return value === null ? undefined : objectText(value);
    default:
      return String(value);
  }
}

/** An id: as `valueText`, but bytes that are no text are plain hex. */
export function idText(id: unknown): string | undefined {
  return id instanceof Uint8Array ? (textOfBytes(id) ?? hexOf(id)) : valueText(id);
}

function objectText(value: object): string | undefined {
  if (value instanceof Uint8Array) return textOfBytes(value) ?? `0x${hexOf(value)}`;
  // oxlint-disable-next-line no-restricted-globals -- shows a given time, reads no clock
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (isDescribed(value)) return valueText(value.meaning);
  const plain: unknown = 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value;
  // Decimals are their digits.
  return typeof plain === 'string' ? plain : jsonTextOf(value);
}

function isDescribed(value: object): value is { readonly descriptor: unknown; readonly meaning: unknown } {
  return 'descriptor' in value && 'meaning' in value;
}
