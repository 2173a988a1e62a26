// What `send` sends: made-up events, or the lines of a file. A line that cannot be an event is told as such, not dropped.

import { WorkerError } from '../../engine/errors.ts';
import type { ProducedEvent } from '../../azure/producer.ts';
import { readLines } from './event-lines.ts';

export type Outgoing =
  | { readonly kind: 'event'; readonly event: ProducedEvent; readonly readBytes: number }
  | { readonly kind: 'unusable'; readonly text: Buffer; readonly error: WorkerError };

export interface MadeUpOptions {
  /** Message ids are `<run>-<number>`: unique over runs, and the same when an event is tried again. */
  readonly run: string;
  /** 0: until it is told to stop. */
  readonly count: number;
  /** Different partition keys; 0: none. */
  readonly keys: number;
  /** Bytes of a body, at least what its fields need. */
  readonly sizeBytes: number;
}

export async function* madeUpEvents(options: MadeUpOptions, signal: AbortSignal): AsyncGenerator<Outgoing> {
  const { run, count, keys, sizeBytes } = options;
  const last = count === 0 ? Number.POSITIVE_INFINITY : count;
  for (let number = 1; number <= last && !signal.aborted; number += 1) {
    const partitionKey = keys === 0 ? undefined : `key-${String(number % keys)}`;
    const fields = { number, key: partitionKey, sentAt: new Date().toISOString() };
    const bare = JSON.stringify({ ...fields, padding: '' });
    const padding = 'x'.repeat(Math.max(0, sizeBytes - bare.length));
    const body = Buffer.from(JSON.stringify({ ...fields, padding }));
    yield { kind: 'event', event: jsonEvent(body, `${run}-${String(number)}`, partitionKey), readBytes: 0 };
  }
}

export interface FileOptions {
  readonly run: string;
  readonly path: string;
  /** The field of each line's object whose value is the partition key; undefined: none. */
  readonly keyField: string | undefined;
}

export async function* fileEvents(options: FileOptions, signal: AbortSignal): AsyncGenerator<Outgoing> {
  const { run, path, keyField } = options;
  for await (const { number, bytes, readBytes } of readLines(path, signal)) {
    const key = bytes === undefined ? unusable('it is longer than an event can be') : keyOf(bytes, keyField);
    if (key instanceof WorkerError || bytes === undefined) {
      const reason = `line ${String(number)}: ${key instanceof WorkerError ? String(key.details['reason']) : ''}`;
      const error = new WorkerError('EHW_BAD_USAGE', { reason });
      yield { kind: 'unusable', text: bytes ?? Buffer.alloc(0), error };
      continue;
    }
    yield { kind: 'event', event: jsonEvent(bytes, `${run}-${String(number)}`, key), readBytes };
  }
}

function jsonEvent(body: Buffer, messageId: string, partitionKey: string | undefined): ProducedEvent {
  return { body, messageId, partitionKey, contentType: 'application/json' };
}

/** The partition key of a line; an absent or null field is no key. */
function keyOf(line: Buffer, keyField: string | undefined): string | undefined | WorkerError {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (thrown) {
    return unusable(`it is no JSON (${thrown instanceof Error ? thrown.message : String(thrown)})`);
  }
  if (keyField === undefined) return undefined;
  const key: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, keyField) : undefined;
  switch (typeof key) {
    case 'undefined':
      return undefined;
    case 'string':
    case 'number':
    case 'boolean':
      return String(key);
    default:
      return key === null
        ? undefined
        : unusable(`its ${keyField} is no text or number, so it cannot be a key`);
  }
}

function unusable(reason: string): WorkerError {
  return new WorkerError('EHW_BAD_USAGE', { reason });
}
