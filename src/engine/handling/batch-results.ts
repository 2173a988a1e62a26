// What a batch handler answered, parsed at the edge: plain JavaScript returns anything.

import { deadLetterTextOf } from './context.ts';
import type { EventResult } from './handler.ts';

/** Undefined: all succeeded. Throws a TypeError that says what is expected when the answer is not one result per event. */
export function parseResults(answer: unknown, events: number): readonly EventResult[] | undefined {
  if (answer === undefined || answer === null) return undefined;
  if (!Array.isArray(answer)) {
    throw new TypeError(`onBatch returned a value of type ${typeof answer}: ${expected}`);
  }
  if (answer.length !== events) {
    throw new TypeError(`onBatch returned ${answer.length} results for ${events} events: ${expected}`);
  }
  return Array.from(answer, parseResult);
}

const expected = 'return one result per event, in order, or nothing';

function parseResult(result: unknown, index: number): EventResult {
  if (result === undefined || result === null) return undefined;
  if (typeof result === 'object') {
    if ('deadLetter' in result) return { deadLetter: deadLetterTextOf(result.deadLetter) };
    if ('ok' in result && result.ok === true) return { ok: true };
    if ('ok' in result && result.ok === false)
      return { ok: false, error: 'error' in result ? result.error : noError };
  }
  throw new TypeError(
    `result ${index} of onBatch is none of undefined, { ok: true }, { ok: false, error } and { deadLetter: reason }`,
  );
}

const noError = new Error('the handler said that this event failed, and not why');
