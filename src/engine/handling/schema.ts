// Validation by the Standard Schema interface: an event's data becomes the typed value, or a list of issues on one line.
// What happens to an invalid event is decided elsewhere (classify.ts): it goes to the dead letters.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { EventView } from './event-view.ts';
import { PermanentError } from './handler.ts';
import { undecodableIn } from './undecodable.ts';

/** `undefined`: valid, and `event.data` now is the validated value. Otherwise the issues, on one line. */
export type Issues = string | undefined;

/** Beyond these an invalid event's reason stops being readable; the event itself is kept whole. */
const maxIssues = 10;
const maxIssueCharacters = 200;

/**
 * Answers at once when the schema does, and with a promise only when it must, so that a synchronous schema costs no turn
 * of the event loop. A body that is no JSON is an issue too. Throws what the schema itself throws, which is a defect of
 * the schema, and EHW_EVENT_UNDECODABLE where the encoding of the event cannot be read.
 */
export function validate(schema: StandardSchemaV1, event: EventView): Issues | Promise<Issues> {
  let data: unknown;
  try {
    data = event.data;
  } catch (error) {
    return issueOfDefect(error);
  }
  const result = schema['~standard'].validate(data);
  return 'then' in result ? result.then((late) => settle(late, event)) : settle(result, event);
}

/** A body that is not what it should be is the event's fault. Throws every other error again. */
export function issueOfDefect(error: unknown): string {
  if (error instanceof PermanentError && undecodableIn(error) === undefined) return oneLine(error.message);
  throw error;
}

function settle(result: StandardSchemaV1.Result<unknown>, event: EventView): Issues {
  if (result.issues !== undefined) return issuesOf(result.issues);
  event.accept(result.value);
  return undefined;
}

function issuesOf(issues: readonly StandardSchemaV1.Issue[]): string {
  if (issues.length === 0) return 'the schema gave no reason';
  const shown = issues.slice(0, maxIssues).map(issueOf).join('; ');
  const hidden = issues.length - maxIssues;
  return hidden > 0 ? `${shown}; and ${hidden} more` : shown;
}

function issueOf({ path, message }: StandardSchemaV1.Issue): string {
  const place = (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return oneLine(place.length === 0 ? message : `${place.join('.')}: ${message}`);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= maxIssueCharacters ? line : `${line.slice(0, maxIssueCharacters - 3)}...`;
}
