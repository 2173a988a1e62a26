// Dead letters as people read them and as JSON. Pure.

import { EventView } from '../../engine/handling/event-view.ts';
import type { DeadLetter } from '../../engine/ports.ts';
import { letterId } from './archive.ts';
import type { DeadLetterEntry } from './archive.ts';

/** Lines that fit a terminal: the error is cut, `show` has the whole of it. */
const maxErrorCharacters = 80;

export function tableOf(entries: readonly DeadLetterEntry[]): readonly string[] {
  const rows = [
    ['ID', 'STORED', 'REASON', 'ATTEMPTS', 'REPLAYED', 'ERROR'],
    ...entries.map((entry) => [
      letterId(entry),
      timeOf(entry.deadLetteredAtMs),
      entry.reason,
      String(entry.attempts),
      entry.replayedAtMs === undefined ? '-' : timeOf(entry.replayedAtMs),
      oneLine(entry.error),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** One object per letter; times as ISO text. */
export function entryJson(entry: DeadLetterEntry): Readonly<Record<string, unknown>> {
  return {
    id: letterId(entry),
    ...entry,
    deadLetteredAtMs: undefined,
    replayedAtMs: undefined,
    deadLetteredAt: timeOf(entry.deadLetteredAtMs),
    replayedAt: entry.replayedAtMs === undefined ? null : timeOf(entry.replayedAtMs),
  };
}

export function letterLines(letter: DeadLetter): readonly string[] {
  const event = new EventView(letter.partitionId, letter.event);
  return [
    `id              ${letterId({ partitionId: letter.partitionId, sequenceNumber: event.sequenceNumber })}`,
    `reason          ${letter.reason} after ${letter.attempts} attempts`,
    `error           ${letter.error}`,
    `stored          ${timeOf(letter.deadLetteredAtMs)} by ${letter.workerId}`,
    `enqueued        ${timeOf(letter.event.enqueuedAtMs)}`,
    `offset          ${event.offset}`,
    `partition key   ${event.partitionKey ?? '-'}`,
    `message id      ${event.messageId ?? '-'}`,
    `correlation id  ${event.correlationId ?? '-'}`,
    `content type    ${event.contentType ?? '-'}`,
    `properties      ${jsonOf(event.properties)}`,
    '',
    ...bodyLines(event.body),
  ];
}

/** The body as text when it is UTF-8, else as base64. */
export function letterJson(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { partitionId, reason, error, attempts, workerId } = letter;
  const event = new EventView(partitionId, letter.event);
  const text = textOf(event.body);
  return {
    id: letterId({ partitionId, sequenceNumber: event.sequenceNumber }),
    partitionId,
    reason,
    error,
    attempts,
    workerId,
    deadLetteredAt: timeOf(letter.deadLetteredAtMs),
    event: {
      sequenceNumber: event.sequenceNumber,
      offset: event.offset,
      enqueuedAt: timeOf(letter.event.enqueuedAtMs),
      partitionKey: event.partitionKey,
      contentType: event.contentType,
      messageId: event.messageId,
      correlationId: event.correlationId,
      properties: event.properties,
      systemProperties: event.systemProperties,
      body: text ?? Buffer.from(event.body).toString('base64'),
      bodyEncoding: text === undefined ? 'base64' : 'utf-8',
    },
  };
}

/** As JSON.stringify, and 64-bit integers as their digits. */
export function jsonOf(value: unknown, indent?: number): string {
  const shown = (_key: string, inner: unknown): unknown =>
    typeof inner === 'bigint' ? String(inner) : inner;
  return JSON.stringify(value, shown, indent) ?? '';
}

function bodyLines(body: Uint8Array): readonly string[] {
  const text = textOf(body);
  if (text !== undefined) return [`body (${body.byteLength} bytes)`, text];
  return [`body (${body.byteLength} bytes, not UTF-8: base64)`, Buffer.from(body).toString('base64')];
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= maxErrorCharacters ? line : `${line.slice(0, maxErrorCharacters - 3)}...`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
