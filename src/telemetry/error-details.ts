// How an error looks in a log line: code, message, the messages of its causes; a stack only where there is no code to say
// what went wrong, because then it is a defect, of a handler or ours, and the place matters.

import { reasonOf } from '../engine/errors.ts';

export interface ErrorDetails {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly causes?: readonly string[];
  readonly stack?: string;
}

const maxCauses = 5;
const maxMessageCharacters = 2000;
const maxStackCharacters = 2000;

export function describeError(thrown: unknown): ErrorDetails {
  const message = shorten(reasonOf(thrown), maxMessageCharacters);
  if (!(thrown instanceof Error)) return { name: typeof thrown, message };
  const code = codeOf(thrown);
  const causes = causesOf(thrown);
  return {
    name: thrown.name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(code !== undefined || thrown.stack === undefined
      ? {}
      : { stack: shorten(thrown.stack, maxStackCharacters) }),
  };
}

/** The code of an error, ours or Node's or an SDK's; undefined where there is none. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' || typeof thrown.code === 'number' ? String(thrown.code) : undefined;
}

/** The code of the deepest cause that has one: what the SDK or the broker called it, below our own wrapping. */
export function rootCodeOf(error: Error): string | undefined {
  let code: string | undefined;
  let depth = 0;
  for (let cause: unknown = error; cause instanceof Error && depth <= maxCauses; cause = cause.cause) {
    code = codeOf(cause) ?? code;
    depth += 1;
  }
  return code;
}

function causesOf(error: Error): readonly string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < maxCauses;) {
    causes.push(shorten(reasonOf(cause), maxMessageCharacters));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}... (${text.length - max} more characters)`;
}
