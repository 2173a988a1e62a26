// Which failures mean that an event's own encoding cannot be read, and which of several events they are about.

import { WorkerError } from '../errors.ts';
import type { Message } from '../event.ts';

/** Deeper than any honest chain of causes; a chain may also be a circle. */
const maxCauses = 16;

/**
 * The error that says it, in what was thrown or in the chain of its causes: a handler that wraps what it caught, as
 * `new Error('no order', { cause })`, still failed because nobody can read the event.
 */
export function undecodableIn(thrown: unknown): WorkerError | undefined {
  let error = thrown;
  for (let depth = 0; depth < maxCauses && error instanceof Error; depth += 1) {
    if (error instanceof WorkerError && error.code === 'EHW_EVENT_UNDECODABLE') return error;
    error = error.cause;
  }
  return undefined;
}

/**
 * Whether every section of a message can be read. Reads all of them: only for a batch that failed because of one of its
 * events, to find which.
 */
export function isReadable(message: Message): boolean {
  try {
    const { header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer } =
      message;
    void [header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer];
    return true;
  } catch {
    return false;
  }
}
