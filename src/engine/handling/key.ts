// The ordering key of an event: by default its partition key, else what the handler's key function says.

import type { EventView } from './event-view.ts';
import { reasonOf } from '../errors.ts';
import { PermanentError } from './handler.ts';
import type { KeyOf } from './handler.ts';

/**
 * The key function gave no usable answer for this event. Nobody can then say what it must be ordered with, so it gets a
 * lane of its own, is never given to the handler and ends as a dead letter with reason `invalid` and this error's message.
 */
export class KeyFailure {
  readonly error: PermanentError;

  constructor(why: string, cause?: unknown) {
    this.error = new PermanentError(`The handler's key function ${why}`, { cause });
  }
}

/** A key; or undefined: no order is needed; or a failure. Never throws. */
export type OrderingKey = string | undefined | KeyFailure;

/** Numbers and bigints become their decimal text, null counts as undefined: key functions are often plain JavaScript. */
export function orderingKeyOf(event: EventView, keyOf: KeyOf | undefined): OrderingKey {
  if (keyOf === undefined) return event.partitionKey;
  let key: unknown;
  try {
    key = keyOf(event);
  } catch (error) {
    return new KeyFailure(`threw: ${reasonOf(error)}`, error);
  }
  if (typeof key === 'string') return key;
  if (key === undefined || key === null) return undefined;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  // An async key function is a defect of the handler; its rejection must not end the process on top.
  if (key instanceof Promise) key.catch(() => undefined);
  return new KeyFailure(`answered ${kindOf(key)}; a string or undefined is allowed`);
}

function kindOf(answer: unknown): string {
  if (answer instanceof Promise) return 'a promise';
  return Array.isArray(answer) ? 'an array' : `a value of type ${typeof answer}`;
}
