// A message body as bytes, whatever its kind: several data sections are one after another, text is UTF-8, and values without
// bytes of their own are JSON.

import type { MessageBody } from '../event.ts';
import { jsonTextOf } from './value-json.ts';

const utf8 = new TextEncoder();
const empty = new Uint8Array(0);

/** One data section shares its memory; everything else is new. */
export function bodyBytes(body: MessageBody): Uint8Array {
  switch (body.kind) {
    case 'data': {
      return body.parts.length > 1 ? joined(body.parts) : (body.parts[0] ?? empty);
    }
    case 'value':
      return valueBytes(body.value);
    case 'sequence':
      return valueBytes(body.values.flat());
    case 'none':
      return empty;
    default:
      return body satisfies never;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function valueBytes(value: unknown): Uint8Array {
  if (value === null || value === undefined) return empty;
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return utf8.encode(value);
  return utf8.encode(jsonTextOf(value));
}
