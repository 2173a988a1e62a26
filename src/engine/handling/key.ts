// The ordering key of an event: what the handler's key function says, else what the event itself carries (ordering-key.ts).

import type { EventView } from './event-view.ts';
import { asError, reasonOf } from '../errors.ts';
import { PermanentError } from './handler.ts';
import type { KeyOf } from './handler.ts';

/**
 * There is no usable answer for this event. Nobody can then say what it must be ordered with, so it gets a lane of its own, is
 * never given to the handler and ends as a dead letter with this error.
 */
export class KeyFailure {
  readonly error: Error;

  constructor(error: Error) {
    this.error = error;
  }
}

/** A key; or undefined: no order is needed; or a failure. Never throws. */
export type OrderingKey = string | undefined | KeyFailure;

/** Numbers and bigints become their decimal text, null counts as undefined: key functions are often plain JavaScript. */
export function orderingKeyOf(event: EventView, keyOf: KeyOf | undefined): OrderingKey {
  let key: unknown;
  try {
    if (keyOf === undefined) return event.orderingKey;
    key = keyOf(event);
  } catch (error) {
    return new KeyFailure(
      keyOf === undefined ? asError(error) : keyDefect(`threw: ${reasonOf(error)}`, error),
    );
  }
  if (typeof key === 'string') return key;
  if (key === undefined || key === null) return undefined;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  // An async key function is a defect of the handler; its rejection must not end the process on top.
  if (key instanceof Promise) key.catch(() => undefined);
  return new KeyFailure(keyDefect(`answered ${kindOf(key)}; a string or undefined is allowed`));
}

function keyDefect(why: string, cause?: unknown): PermanentError {
  return new PermanentError(`The handler's key function ${why}`, { cause });
}

function kindOf(answer: unknown): string {
  if (answer instanceof Promise) return 'a promise';
  return Array.isArray(answer) ? 'an array' : `a value of type ${typeof answer}`;
}
