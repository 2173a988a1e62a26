// Dead letters of encoded messages, as the worker stores them.

import { encodeMessage } from '../../src/codec/encode-message.ts';
import type { TypedMessage } from '../../src/codec/typed-message.ts';
import type { TypedValue } from '../../src/codec/typed-value.ts';
import { letterEvent } from '../../src/azure/letter-event.ts';
import type { OpenLetter } from '../../src/cli/dead-letters/replay.ts';
import type { DeadLetter } from '../../src/engine/ports.ts';

export interface LetterFields {
  readonly sequenceNumber?: number;
  readonly partitionId?: string;
  readonly enqueuedAtMs?: number;
  readonly reason?: DeadLetter['reason'];
  readonly error?: string;
  readonly deadLetteredAtMs?: number;
  /** Default: one data section with "hello". */
  readonly message?: TypedMessage | Uint8Array;
}

export function deadLetterOf(fields: LetterFields = {}): DeadLetter {
  const { message = { body: { data: [base64('hello')] } } } = fields;
  const { sequenceNumber = 7, enqueuedAtMs = Date.UTC(2026, 0, 1) } = fields;
  const encoded = message instanceof Uint8Array ? message : encodeMessage(message);
  return {
    partitionId: fields.partitionId ?? '0',
    event: letterEvent(encoded, { sequenceNumber, enqueuedAtMs, offset: '4711' }),
    reason: fields.reason ?? 'exhausted',
    error: fields.error ?? 'no database: na\u00efve',
    attempts: 5,
    deadLetteredAtMs: fields.deadLetteredAtMs ?? Date.UTC(2026, 0, 2, 3, 4, 5),
    workerId: 'worker-1',
  };
}

export function keyed(partitionKey: string): Readonly<Record<string, TypedValue>> {
  return { 'x-opt-partition-key': { type: 'string', value: partitionKey } };
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The same as `dead-letters replay` holds it. */
export function openLetterOf(fields: LetterFields = {}): OpenLetter {
  const { event, partitionId, reason, error, attempts, deadLetteredAtMs } = deadLetterOf(fields);
  const entry = {
    partitionId,
    sequenceNumber: event.sequenceNumber,
    enqueuedAtMs: event.enqueuedAtMs,
    reason,
    error,
    attempts,
    deadLetteredAtMs,
    replayedAtMs: undefined,
    sizeBytes: event.sizeBytes,
    etag: '"1"',
    message: undefined,
  };
  return { entry, event };
}
