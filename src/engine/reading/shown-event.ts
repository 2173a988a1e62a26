// An event in a log line or a debugger: short whatever came, never a throw, and nothing JSON cannot hold.

import { reasonOf } from '../errors.ts';
import type { MessageValues } from '../event.ts';
import type { WorkerEvent } from '../handling/worker-event.ts';
import { decodeText } from './charset.ts';
import { jsonTextOf } from './value-json.ts';
import { valueText } from './value-text.ts';

const maxTextLength = 4096;
const maxValueLength = 256;
const maxProperties = 32;
/** A longer body is not decoded for a log line: its first bytes are shown. */
const maxDecodedBody = 65_536;

export function shownEvent(event: WorkerEvent): Readonly<Record<string, unknown>> {
  const { partitionId, sequenceNumber, enqueuedAt, partitionKey } = event;
  return {
    partitionId,
    sequenceNumber,
    enqueuedAt,
    partitionKey,
    messageId: readable(() => cut(event.messageId, maxValueLength)),
    contentType: readable(() => cut(event.contentType, maxValueLength)),
    properties: readable(() => shownValues(event.properties)),
    text: readable(() => shownText(event)),
  };
}

function readable(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return `[unreadable: ${cut(reasonOf(error), maxValueLength)}]`;
  }
}

function shownValues(values: MessageValues): Readonly<Record<string, unknown>> {
  const entries = Object.entries(values);
  const shown = entries
    .slice(0, maxProperties)
    .map(([name, value]) => [cut(name, maxValueLength), shownValue(value)]);
  const hidden = entries.length - maxProperties;
  return Object.fromEntries(hidden > 0 ? [...shown, ['...', `${hidden} more`]] : shown);
}

/** Numbers, booleans and null as they are, text cut; everything else as its JSON. */
function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, maxValueLength);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return cut(valueText(value) ?? '', maxValueLength);
  return cut(jsonTextOf(value).replaceAll(/^"|"$/g, ''), maxValueLength);
}

function shownText(event: WorkerEvent): string {
  const { body } = event;
  if (body.byteLength <= maxDecodedBody) return cut(event.text(), maxTextLength);
  if (event.contentEncoding !== undefined) return `[${body.byteLength} bytes, ${event.contentEncoding}]`;
  return `${decodeText(body.subarray(0, maxTextLength), undefined)}... (${body.byteLength} bytes)`;
}

function cut(text: string, maxLength: number): string;
function cut(text: string | undefined, maxLength: number): string | undefined;
function cut(text: string | undefined, maxLength: number): string | undefined {
  if (text === undefined || text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}... (${text.length} characters)`;
}
