// How `event.data` becomes what the handler wants before it is called: its decoder first, then its schema.

import type { EventView } from './event-view.ts';
import type { Handler } from './handler.ts';
import { issueOfDefect, validate } from './schema.ts';
import type { Issues } from './schema.ts';

export type DataSteps = Pick<Handler, 'decode' | 'schema'>;

export function hasDataSteps({ decode, schema }: DataSteps): boolean {
  return decode !== undefined || schema !== undefined;
}

/**
 * Answers at once when decoder and schema do. A PermanentError of the decoder is an issue of the event; throws what else it throws (a
 * schema registry that is down), and what `validate` throws.
 */
export function prepareData(handler: DataSteps, event: EventView): Issues | Promise<Issues> {
  if (handler.decode === undefined) return checked(handler, event);
  let decoded: unknown;
  try {
    decoded = handler.decode(event);
  } catch (error) {
    return issueOfDefect(error);
  }
  if (!(decoded instanceof Promise)) return checkedAs(decoded, handler, event);
  return decoded.then((late) => checkedAs(late, handler, event), issueOfDefect);
}

function checkedAs(decoded: unknown, handler: DataSteps, event: EventView): Issues | Promise<Issues> {
  event.accept(decoded);
  return checked(handler, event);
}

function checked({ schema }: DataSteps, event: EventView): Issues | Promise<Issues> {
  return schema === undefined ? undefined : validate(schema, event);
}
