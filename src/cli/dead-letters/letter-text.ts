// Dead letters as people read them and as JSON. Pure.

import { readableMessage } from '../../azure/readable-message.ts';
import type { ReadableMessage } from '../../azure/readable-message.ts';
import type { TypedNames } from '../../codec/typed-message.ts';
import type { TypedValue } from '../../codec/typed-value.ts';
import { WorkerError } from '../../engine/errors.ts';
import { bodyBytes } from '../../engine/reading/body-bytes.ts';
import type { MessageBody } from '../../engine/event.ts';
import type { DeadLetter } from '../../engine/ports.ts';
import { letterId, positionOf } from './archive.ts';
import type { DeadLetterEntry } from './archive.ts';

/** Lines that fit a terminal: what is longer is cut, `show` has the whole of it. */
const maxErrorCharacters = 80;
const maxIdCharacters = 60;
/** Bytes that are no text are shown so far; `--json` has all of them. */
const maxHexBytes = 4096;

export function tableOf(entries: readonly DeadLetterEntry[]): readonly string[] {
  const ids = idsOf(entries);
  const rows = [
    ['ID', 'STORED', 'REASON', 'ATTEMPTS', 'REPLAYED', 'ERROR'],
    ...entries.map((entry, index) => [
      oneLine(ids[index] ?? '', maxIdCharacters),
      timeOf(entry.deadLetteredAtMs),
      entry.reason,
      String(entry.attempts),
      entry.replayedAtMs === undefined ? '-' : timeOf(entry.replayedAtMs),
      oneLine(entry.error, maxErrorCharacters),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** One object per letter; times as ISO text. */
export function entriesJson(
  entries: readonly DeadLetterEntry[],
): readonly Readonly<Record<string, unknown>>[] {
  const ids = idsOf(entries);
  return entries.map((entry, index) => ({
    id: ids[index],
    partitionId: entry.partitionId,
    sequenceNumber: entry.sequenceNumber,
    enqueuedAt: entry.enqueuedAtMs === undefined ? null : timeOf(entry.enqueuedAtMs),
    reason: entry.reason,
    error: entry.error,
    attempts: entry.attempts,
    deadLetteredAt: timeOf(entry.deadLetteredAtMs),
    replayedAt: entry.replayedAtMs === undefined ? null : timeOf(entry.replayedAtMs),
  }));
}

export function letterLines(letter: DeadLetter): readonly string[] {
  const { event } = letter;
  const view = readableMessage(event.message.encoded);
  return [
    `id              ${positionOf(idOf(letter))}`,
    `reason          ${letter.reason} after ${letter.attempts} attempts`,
    `error           ${printable(letter.error)}`,
    `stored          ${timeOf(letter.deadLetteredAtMs)} by ${printable(letter.workerId)}`,
    `enqueued        ${timeOf(event.enqueuedAtMs)}`,
    `offset          ${printable(event.offset)}`,
    `partition key   ${printable(event.partitionKey ?? '-')}`,
    ...namesLines('header', view.header),
    ...namesLines('annotations', view.messageAnnotations),
    ...namesLines('properties', view.properties),
    ...namesLines('application properties', view.applicationProperties),
    ...namesLines('delivery annotations', view.deliveryAnnotations),
    ...namesLines('footer', view.footer),
    '',
    ...bodyLines(letter, view),
    ...undecodableLines(letter, view),
  ];
}

/** `message` has every section with its AMQP types, `encoded` the bytes; `event` is what a handler reads of it. */
export function letterJson(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { partitionId, event, reason, error, attempts, workerId } = letter;
  const { encoded } = event.message;
  return {
    id: positionOf(idOf(letter)),
    partitionId,
    reason,
    error,
    attempts,
    workerId,
    deadLetteredAt: timeOf(letter.deadLetteredAtMs),
    event: {
      sequenceNumber: event.sequenceNumber,
      offset: event.offset,
      enqueuedAt: timeOf(event.enqueuedAtMs),
      partitionKey: event.partitionKey,
      contentType: readable(() => event.message.properties.contentType),
      messageId: readable(() => event.message.properties.messageId),
      correlationId: readable(() => event.message.properties.correlationId),
      properties: readable(() => event.message.applicationProperties),
      systemProperties: readable(() => event.message.annotations),
      ...bodyJson(readable(() => event.message.body)),
    },
    message: readableMessage(encoded),
    encoded: Buffer.from(encoded).toString('base64'),
  };
}

/** As JSON.stringify; 64-bit integers as their digits, bytes as base64. */
export function jsonOf(value: unknown, indent?: number): string {
  // A Buffer has turned itself into an object of numbers before the function sees it.
  function shown(this: Record<string, unknown>, key: string, inner: unknown): unknown {
    const original = this[key];
    if (original instanceof Uint8Array) return Buffer.from(original).toString('base64');
    if (typeof inner === 'bigint') return String(inner);
    return inner instanceof Map ? [...inner] : inner;
  }
  return JSON.stringify(value, shown, indent) ?? '';
}

function idOf({ partitionId, event }: DeadLetter): {
  partitionId: string;
  sequenceNumber: number;
  enqueuedAtMs: number;
} {
  return { partitionId, sequenceNumber: event.sequenceNumber, enqueuedAtMs: event.enqueuedAtMs };
}

/** The short id where it names one letter only: those of one position stand beside each other. */
function idsOf(entries: readonly DeadLetterEntry[]): readonly string[] {
  const positions = entries.map(positionOf);
  return entries.map((entry, index) => {
    const position = positions[index] ?? '';
    const isAlone = positions[index - 1] !== position && positions[index + 1] !== position;
    return isAlone ? position : letterId(entry);
  });
}

/** One line for each name: what it is called, its type, its value. */
function namesLines(title: string, names: TypedNames | undefined): readonly string[] {
  if (names === undefined) return [];
  const entries: readonly (readonly [string, TypedValue])[] = isEntries(names)
    ? names.map(([key, value]) => [valueText(key), value])
    : Object.entries(names);
  if (entries.length === 0) return [];
  return [
    '',
    title,
    ...entries.map(([name, value]) => `  ${printable(name)}  (${typeText(value)})  ${valueText(value)}`),
  ];
}

function isEntries(names: TypedNames): names is Exclude<TypedNames, Readonly<Record<string, TypedValue>>> {
  return Array.isArray(names);
}

function typeText(value: TypedValue): string {
  return value.type === 'array' ? `array of ${value.of}` : value.type;
}

function valueText(value: TypedValue): string {
  switch (value.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'timestamp':
      return `${value.value}  ${timeOf(Number(value.value))}`;
    case 'list':
    case 'map':
    case 'array':
    case 'described':
      return printable(JSON.stringify('descriptor' in value ? [value.descriptor, value.value] : value.value));
    default:
      return printable(value.value);
  }
}

function bodyLines({ event }: DeadLetter, { body }: ReadableMessage): readonly string[] {
  if (body === undefined) return [];
  if ('value' in body) return [`body (a value)`, `  (${typeText(body.value)})  ${valueText(body.value)}`];
  if ('sequence' in body) return ['body (a sequence)', printable(JSON.stringify(body.sequence))];
  const bytes = readable(() => bodyBytes(event.message.body)) ?? new Uint8Array(0);
  const text = textOf(bytes);
  const sections = body.data.length > 1 ? `, ${body.data.length} data sections` : '';
  if (text !== undefined) return [`body (${bytes.byteLength} bytes${sections})`, printable(text)];
  return [`body (${bytes.byteLength} bytes${sections}, not UTF-8: hex)`, ...hexLines(bytes)];
}

function undecodableLines({ event }: DeadLetter, { undecodable }: ReadableMessage): readonly string[] {
  if (undecodable === undefined) return [];
  const { encoded } = event.message;
  return [
    ...undecodable.map(({ section, reason }) => `cannot be decoded: ${section}: ${reason}`),
    '',
    `the whole message (${encoded.byteLength} bytes: hex)`,
    ...hexLines(encoded),
  ];
}

function hexLines(bytes: Uint8Array): readonly string[] {
  const shown =
    Buffer.from(bytes.subarray(0, maxHexBytes))
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  return bytes.byteLength > maxHexBytes
    ? [...shown, `... (${bytes.byteLength - maxHexBytes} bytes more)`]
    : shown;
}

function bodyJson(body: MessageBody | undefined): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  const bytes = bodyBytes(body);
  const text = textOf(bytes);
  return {
    body: text ?? Buffer.from(bytes).toString('base64'),
    bodyEncoding: text === undefined ? 'base64' : 'utf-8',
  };
}

/** Undefined for a section that cannot be decoded. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'EHW_EVENT_UNDECODABLE') return undefined;
    throw error;
  }
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** An event's text must not move the cursor of who reads it: control characters become visible, but tab and new line. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character === '\r' ? '' : `\\u${code}`;
  });
}

function oneLine(text: string, maxCharacters: number): string {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim());
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters - 3)}...`;
}

/** "-" for a time that is none. */
function timeOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : '-';
}
